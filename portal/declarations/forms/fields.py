"""Fields of this room: those of a line that stay as saved when nothing is posted, and a birth date read once."""

import re
from calendar import monthrange
from datetime import date
from typing import Any

from wtforms import BooleanField, Field, SelectField, ValidationError
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]

from portal.kernel.french import MONTH_NAMES, typo
from portal.kernel.text import fold
from portal.vocabulary import ExitKind
from portal.web import UnkeptField
from portal.web.fields import DayField, HoursField, WholeField

_BIRTH_EXAMPLE = "Écrivez la date de naissance comme « 31/08/1990 »."
"""Says nothing of what was typed: an error message is shown again."""


class LineHoursField(HoursField):
    """Hours of one line: as saved when the line is not in what was posted, nought when it was left empty."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            super().process_formdata(valuelist)


class LineDayField(DayField):
    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            super().process_formdata(valuelist)


class LineWholeField(WholeField):
    """A count: as saved when it is not in what was posted."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            super().process_formdata(valuelist)


class LineTickField(BooleanField):
    """A box of one line. The page posts « n » before it: unticked and absent are not the same."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = "y" in valuelist

    def _value(self) -> str:
        return "y"


def exit_field(label: str) -> SelectField:
    """How a path ended, by families."""
    return SelectField(label, choices=_EXITS, coerce=lambda value: ExitKind(value) if value else None)


_EXITS = [
    SelectChoice("", "Motif de sortie…"),
    *(SelectChoice(kind.value, typo(kind.label), optgroup=kind.family.label) for kind in ExitKind),
]


class UnkeptNameField(UnkeptField):
    """A name, without the spaces around it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = " ".join(valuelist[0].split()) if valuelist else ""


class UnkeptDayField(UnkeptField):
    """A civil date typed as people write it."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = birth_date_of(typed) if typed else None


def birth_date_of(typed: str) -> date:
    """« 31/08/1990 », « 31 août 1990 », « 1990-08-31 ».

    Raises ValidationError, which tells nothing of what was typed: it must reach neither a message nor a traceback.
    """
    folded = fold(typed)
    found = next((match for shape in _BIRTH_SHAPES if (match := shape.fullmatch(folded))), None)
    parts = found.groupdict() if found else {}
    month = _month_called(parts["word"]) if "word" in parts else int(parts.get("month", 0))
    if not (month and 1 <= int(parts["day"]) <= monthrange(int(parts["year"]), month)[1]):
        raise ValidationError(_BIRTH_EXAMPLE)
    return date(int(parts["year"]), month, int(parts["day"]))


def _month_called(word: str) -> int:
    matching = [number for number, name in enumerate(MONTH_NAMES, 1) if fold(name).startswith(word)]
    return matching[0] if len(matching) == 1 else 0


_YEAR, _MONTH, _DAY = "(?P<year>(?:19|20)[0-9]{2})", "(?P<month>0?[1-9]|1[0-2])", "(?P<day>[0-9]{1,2})"
_BIRTH_SHAPES = (
    re.compile(rf"{_DAY}([/. -]){_MONTH}\2{_YEAR}"),
    re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}"),
    re.compile(rf"{_DAY}(?:er)? (?P<word>[a-z]{{3,9}})\.? {_YEAR}"),
)


def refuse(field: Field, sentence: str) -> None:
    """Say beside a field what is wrong with it, after what is said already."""
    field.errors = [*field.errors, sentence]
