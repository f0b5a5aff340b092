"""Bringing a programme, saying what its columns tell, answering its preview."""

import re
from collections.abc import Sequence
from typing import ClassVar

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField, SelectField, ValidationError
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]

from portal.kernel.french import typo
from portal.programmes.reading import MOST_BYTES, Sheet
from portal.vocabulary import ProgrammeField
from portal.web import SafeForm

_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class ProgrammeForm(SafeForm):
    file = FileField("Votre programme", description="XLSX, ODS ou CSV, 4 Mo et 1 000 lignes au plus.")

    content: bytes = b""
    name: str = ""

    def validate_file(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage):
            raise ValidationError("Choisissez un fichier.")
        with field.data.stream as stream:
            self.content = stream.read(MOST_BYTES + 1)
        self.name = " ".join(_UNSEEN.sub(" ", field.data.filename or "").split()) or "programme"
        if len(self.content) > MOST_BYTES:
            raise ValidationError(
                typo("Ce fichier est trop lourd : 4 Mo au plus. Ne gardez que la feuille des projets.")
            )


class ColumnsForm(SafeForm):
    """One choice for each column, made for the sheet at hand: see `for_sheet`."""

    names: ClassVar[Sequence[str]] = ()

    @classmethod
    def for_sheet(cls, sheet: Sheet) -> type["ColumnsForm"]:
        names = [f"column_{place}" for place, _ in enumerate(sheet.headings)]
        fields = {
            name: SelectField(heading, choices=_CHOICES, coerce=ProgrammeField)
            for name, heading in zip(names, sheet.headings, strict=True)
        }
        return type("ColumnsFormOfSheet", (cls,), {**fields, "names": names})

    @property
    def fields_said(self) -> list[ProgrammeField]:
        return [self[name].data for name in self.names]


_CHOICES = [
    SelectChoice(field.value, field.label)
    for field in (ProgrammeField.IGNORED, *(each for each in ProgrammeField if each is not ProgrammeField.IGNORED))
]


class AnswerForm(SafeForm):
    """`shown` is the digest of what the page showed; the answer is the button that was pressed."""

    shown = HiddenField()
