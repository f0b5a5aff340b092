"""Bringing a file that proves a month. What it is called is never read."""

from collections.abc import Sequence
from typing import ClassVar

from wtforms import SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired

from portal.declarations.models import Line
from portal.pieces.forms import FileForm, file_field
from portal.vocabulary import EvidenceKind
from portal.web import SafeForm
from portal.web.fields import pick_field


class EvidenceForm(FileForm):
    """Those of the month's lines that it may prove; see `evidence_form`."""

    then: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""
    kind = pick_field(
        "Que prouve-t-elle ?", EvidenceKind, [DataRequired("Dites ce que prouve cette pièce.")], blank="Choisissez…"
    )
    whose = SelectField("Pour qui ?", coerce=lambda value: int(value) if value else None, choices=[])


def evidence_form(lines: Sequence[Line], most_bytes: int) -> type[EvidenceForm]:
    """The form for a month with these lines."""
    people = [SelectChoice(str(line.id), line.participant.matricule or "—") for line in lines]
    everyone = SelectChoice("", "Tout le mois")
    fields = {
        "most_bytes": most_bytes,
        "whose": SelectField(
            "Pour qui ?", choices=[everyone, *people], coerce=lambda value: int(value) if value else None
        ),
        "file": file_field(most_bytes),
    }
    return type("KnownMonthForm", (EvidenceForm,), fields)


class PieceForm(SafeForm):
    """A file already there: nothing but its button."""
