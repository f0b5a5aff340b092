"""Bringing a file. What it is called is never read."""

from typing import Any, ClassVar

from flask_wtf.file import FileField
from wtforms import ValidationError

from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.pieces.rules import ACCEPTED, MEBIBYTE, ensure_size, type_of
from portal.web import SafeForm

_ENDINGS = ".pdf,.jpg,.jpeg,.png,.webp,.xlsx,.ods,.docx,.odt"
_AGAIN = "Choisissez-le de nouveau : votre navigateur ne le garde pas d’un essai à l’autre."


class FileForm(SafeForm):
    """A form with a file, read whole: `content` and `media_type` are what it really is."""

    most_bytes: ClassVar[int] = 0
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


def file_field(most_bytes: int) -> FileField:
    """The field of a file of at most so many bytes, told what is taken."""
    hint = f"{ACCEPTED}. {most_bytes // MEBIBYTE} Mo au plus. Son nom n’est pas gardé."
    return FileField("Le fichier", description=hint, render_kw={"accept": _ENDINGS})
