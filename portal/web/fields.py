"""Fields that read what people type in French: amounts, hours, periods, whole numbers, closed lists."""

from collections.abc import Callable
from datetime import date
from typing import Any

from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length

from portal.kernel.errors import Unreadable
from portal.kernel.french import format_date, format_number, typo
from portal.kernel.hours import format_hours, parse_hours
from portal.kernel.hundredths import format_hundredths, parse_hundredths
from portal.kernel.money import format_euros, parse_euros
from portal.kernel.month import Month
from portal.kernel.period import PlannedPeriod, parse_period
from portal.vocabulary import Listed, PlannedPrecision

_UNIT_LENGTH = 2
"""A narrow space and the unit: the field shows its unit beside it."""


_MONTH_EXAMPLE = typo("Indiquez un mois : écrivez par exemple « septembre 2027 », ou « 09/2027 ».")
_DAY_EXAMPLE = "Indiquez un jour du calendrier : écrivez par exemple « 31/08/2027 »."


class ReadField(StringField):
    """One line that is read into a value; what was typed stays in place as long as it is not understood."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if typed:
            try:
                self.data = self.read(typed)
            except Unreadable as error:
                raise ValueError(error.sentence) from error

    def read(self, typed: str) -> Any:
        """The value; raises Unreadable."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The value as it is typed."""
        raise NotImplementedError

    @property
    def in_words(self) -> str:
        return "—" if self.data is None else self.write(self.data)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class EurosField(ReadField):
    def read(self, typed: str) -> Any:
        return parse_euros(typed)

    def write(self, value: Any) -> str:
        return format_euros(value)[:-_UNIT_LENGTH]


class HoursField(ReadField):
    def read(self, typed: str) -> Any:
        return parse_hours(typed)

    def write(self, value: Any) -> str:
        return format_hours(value)[:-_UNIT_LENGTH]


class PeriodField(ReadField):
    """« 10/02/2027 », « mars 2027 », « T2 2027 » or « 2027 »."""

    def read(self, typed: str) -> Any:
        return parse_period(typed)

    def write(self, value: PlannedPeriod) -> str:
        return value.short_label if value.precision is PlannedPrecision.DAY else value.label


class DayField(ReadField):
    """A civil date, typed as people write it."""

    def read(self, typed: str) -> Any:
        try:
            period = parse_period(typed)
        except Unreadable as error:
            raise Unreadable(_DAY_EXAMPLE) from error
        if period.precision is not PlannedPrecision.DAY:
            raise Unreadable(_DAY_EXAMPLE)
        return period.starts_on

    def write(self, value: date) -> str:
        return format_date(value)


class MonthField(ReadField):
    """A month: « septembre 2027 », « 09/2027 »."""

    def read(self, typed: str) -> Any:
        return read_month(typed)

    def write(self, value: Month) -> str:
        return value.label


def read_month(typed: str) -> Month:
    """Raises Unreadable."""
    try:
        period = parse_period(typed)
    except Unreadable as error:
        raise Unreadable(_MONTH_EXAMPLE) from error
    if period.precision is not PlannedPrecision.MONTH:
        raise Unreadable(_MONTH_EXAMPLE)
    return Month.of(period.starts_on)


class NumberField(ReadField):
    """A positive number with two decimals at most."""

    def read(self, typed: str) -> Any:
        return parse_hundredths(typed.removesuffix("%"), what="Ce nombre", example="7,5")

    def write(self, value: Any) -> str:
        return format_hundredths(value)


class WholeField(ReadField):
    """A whole number between two bounds."""

    def __init__(self, label: str, validators: Any = None, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.least, self.most = least, most

    def read(self, typed: str) -> Any:
        digits = "".join(char for char in typed.removesuffix("%") if not char.isspace())
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            raise Unreadable("Écrivez un nombre entier, en chiffres.")
        if not self.least <= int(digits) <= self.most:
            raise Unreadable(f"Écrivez un nombre entre {format_number(self.least)} et {format_number(self.most)}.")
        return int(digits)

    def write(self, value: int) -> str:
        return str(value)


def at_most(length: int) -> Length:
    return Length(max=length, message=f"Restez en dessous de {length} caractères.")


def percent_field(label: str, **kwargs: Any) -> WholeField:
    return WholeField(label, least=0, most=100, **kwargs)


def pick_field(
    label: str, vocabulary: type[Listed], validators: Any = None, *, blank: str | None = None, **kwargs: Any
) -> SelectField:
    """One member of a closed list from a menu; `blank` is what the absence of choice reads."""
    first = [SelectChoice("", blank)] if blank is not None else []
    return SelectField(
        label, validators, choices=[*first, *_choices(vocabulary)], coerce=_member_of(vocabulary), **kwargs
    )


def tell_field(
    label: str, vocabulary: type[Listed], validators: Any = None, *, blank: str | None = None, **kwargs: Any
) -> RadioField:
    """One member of a short closed list, all of it in sight."""
    first = [SelectChoice("", blank)] if blank is not None else []
    return RadioField(
        label, validators, choices=[*first, *_choices(vocabulary)], coerce=_member_of(vocabulary), **kwargs
    )


def said_field(
    label: str, yes: str = "Oui", no: str = "Non", unknown: str = "Pas encore décidé", **kwargs: Any
) -> SelectField:
    """Yes, no, or not said yet."""
    choices = [SelectChoice("oui", yes), SelectChoice("non", no), SelectChoice("", unknown)]
    return SelectField(label, choices=choices, coerce=_said, **kwargs)


def _choices(vocabulary: type[Listed]) -> list[SelectChoice]:
    return [SelectChoice(code, label[:1].upper() + typo(label[1:])) for code, label in vocabulary.choices()]


def _member_of(vocabulary: type[Listed]) -> Callable[[Any], Listed | None]:
    return lambda value: vocabulary(value) if value else None


def _said(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"oui": True, "non": False}.get(value)
