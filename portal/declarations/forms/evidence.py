"""Bringing a file that proves a month. What it is called is never read."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_wtf.file import FileField
from wtforms import SelectField, ValidationError
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired

from portal.declarations.models import Line
from portal.declarations.rules.files import ACCEPTED, MEBIBYTE, ensure_size, type_of
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import EvidenceKind
from portal.web import SafeForm
from portal.web.fields import pick_field

_ENDINGS = ".pdf,.jpg,.jpeg,.png,.webp,.xlsx,.ods,.docx,.odt"
_AGAIN = "Choisissez-le de nouveau : votre navigateur ne le garde pas d’un essai à l’autre."


class EvidenceForm(SafeForm):
    """Those of the month's lines that it may prove; see `evidence_form`."""

    then: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""
    most_bytes: ClassVar[int] = 0
    kind = pick_field(
        "Que prouve-t-elle ?", EvidenceKind, [DataRequired("Dites ce que prouve cette pièce.")], blank="Choisissez…"
    )
    whose = SelectField("Pour qui ?", coerce=lambda value: int(value) if value else None, choices=[])
    file = FileField("Le fichier")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content = b""
        self.media_type = ""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if not is_valid and self.content and not self.file.errors:
            self.file.errors = [*self.file.errors, typo(_AGAIN)]
        return is_valid

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError("Choisissez un fichier sur votre appareil.")
        self.content = field.data.stream.read(self.most_bytes + 1)
        try:
            ensure_size(len(self.content), self.most_bytes)
            self.media_type = type_of(self.content).media_type
        except RuleViolation as problem:
            raise ValidationError(problem.sentence) from problem


def evidence_form(lines: Sequence[Line], most_bytes: int) -> type[EvidenceForm]:
    """The form for a month with these lines."""
    people = [SelectChoice(str(line.id), line.participant.matricule or "—") for line in lines]
    everyone = SelectChoice("", "Tout le mois")
    hint = f"{ACCEPTED}. {most_bytes // MEBIBYTE} Mo au plus. Son nom n’est pas gardé."
    fields = {
        "most_bytes": most_bytes,
        "whose": SelectField(
            "Pour qui ?", choices=[everyone, *people], coerce=lambda value: int(value) if value else None
        ),
        "file": FileField("Le fichier", description=hint, render_kw={"accept": _ENDINGS}),
    }
    return type("KnownMonthForm", (EvidenceForm,), fields)


class PieceForm(SafeForm):
    """A file already there: nothing but its button."""
