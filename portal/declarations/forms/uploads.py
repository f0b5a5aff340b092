"""Sending a file of rows, then answering what was read of it."""

from typing import ClassVar

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import ValidationError

from portal.kernel.french import typo
from portal.web import SafeForm, VersionedForm

MEBIBYTE = 1024 * 1024
MOST_BYTES = 4 * MEBIBYTE
"""Two thousand rows weigh a tenth of it."""


class UploadForm(SafeForm):
    file = FileField("Votre fichier", description="XLSX, ODS ou CSV, 4 Mo et 2 000 lignes au plus.")

    content: bytes = b""
    """What was sent. What it was called is not looked at: files are named after people."""

    def validate_file(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage):
            raise ValidationError("Choisissez un fichier.")
        with field.data.stream as stream:
            self.content = stream.read(MOST_BYTES + 1)
        if len(self.content) > MOST_BYTES:
            raise ValidationError(typo("Ce fichier est trop lourd : 4 Mo au plus. Ne gardez que la feuille du mois."))


class AnswerForm(VersionedForm):
    """`version` is that of the draft that the page showed."""

    answer: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""
