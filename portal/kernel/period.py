"""When something is planned: a day, a month, a quarter or a year."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from portal.kernel.errors import Unreadable
from portal.kernel.french import DAY_NAMES, MONTH_NAMES, format_date, format_date_long, ordinal, typo
from portal.kernel.month import Month
from portal.kernel.text import fold
from portal.vocabulary import PlannedPrecision


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a year; ordered in time. `Quarter(2027, 4) + 1` is the first of 2028."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (date.min.year <= self.year <= date.max.year and 1 <= self.number <= 4):
            raise ValueError(f"no such quarter: {self.year}-{self.number}")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    def __add__(self, quarters: int) -> Self:
        year, index = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return type(self)(year, index + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        return Month(self.year, self.number * 3).last_day

    @property
    def label(self) -> str:
        """« 2ᵉ trimestre 2027 »."""
        return f"{ordinal(self.number)} trimestre {self.year}"

    @property
    def short_label(self) -> str:
        """« 2ᵉ trim. 2027 »."""
        return f"{ordinal(self.number)} trim. {self.year}"


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """A planned date as precise as it is known; `starts_on` is brought back to the first day of its period."""

    starts_on: date
    precision: PlannedPrecision

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_on", _first_day(self.starts_on, self.precision))

    @property
    def ends_on(self) -> date:
        """Its last day, included."""
        match self.precision:
            case PlannedPrecision.DAY:
                return self.starts_on
            case PlannedPrecision.MONTH:
                return Month.of(self.starts_on).last_day
            case PlannedPrecision.QUARTER:
                return self.quarter.last_day
            case PlannedPrecision.YEAR:
                return date(self.starts_on.year, 12, 31)

    @property
    def quarter(self) -> Quarter:
        """The quarter it starts in: for a whole year, the first."""
        return Quarter.of(self.starts_on)

    @property
    def label(self) -> str:
        """« mardi 10 février 2026 », « mars 2027 », « 2ᵉ trimestre 2027 », « 2027 »."""
        match self.precision:
            case PlannedPrecision.DAY:
                return format_date_long(self.starts_on)
            case PlannedPrecision.MONTH:
                return Month.of(self.starts_on).label
            case PlannedPrecision.QUARTER:
                return self.quarter.label
            case PlannedPrecision.YEAR:
                return str(self.starts_on.year)

    @property
    def short_label(self) -> str:
        """« 10 février 2026 », « mars 2027 », « 2ᵉ trim. 2027 », « 2027 »."""
        match self.precision:
            case PlannedPrecision.DAY:
                return format_date(self.starts_on)
            case PlannedPrecision.QUARTER:
                return self.quarter.short_label
            case _:
                return self.label


def _first_day(day: date, precision: PlannedPrecision) -> date:
    match precision:
        case PlannedPrecision.DAY:
            return day
        case PlannedPrecision.MONTH:
            return Month.of(day).first_day
        case PlannedPrecision.QUARTER:
            return Quarter.of(day).first_day
        case PlannedPrecision.YEAR:
            return date(day.year, 1, 1)


_YEAR = r"(?P<year>20[0-9]{2})"
_DAY = r"(?P<day>[0-9]{1,2})"
_MONTH = r"(?P<month>[0-9]{1,2})"
_MONTH_WORD = r"(?P<word>[a-z]{3,9})\.?"
_WEEKDAY = r"(?:(?P<weekday>lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
_RANK = r"(?P<quarter>[1-4])"

_SHAPES: tuple[tuple[re.Pattern[str], PlannedPrecision], ...] = (
    (re.compile(_YEAR), PlannedPrecision.YEAR),
    (re.compile(rf"t ?{_RANK}[ /-]?{_YEAR}"), PlannedPrecision.QUARTER),
    (re.compile(rf"{_YEAR}[ /-]?t ?{_RANK}"), PlannedPrecision.QUARTER),
    (re.compile(rf"{_RANK} ?(?:er|e|eme|nd)? ?trim(?:estre|\.)?(?: de)? {_YEAR}"), PlannedPrecision.QUARTER),
    (re.compile(rf"{_MONTH_WORD} {_YEAR}"), PlannedPrecision.MONTH),
    (re.compile(rf"{_MONTH}[/.-]{_YEAR}"), PlannedPrecision.MONTH),
    (re.compile(rf"{_YEAR}-{_MONTH}"), PlannedPrecision.MONTH),
    (re.compile(rf"{_DAY}([/. -]){_MONTH}\2{_YEAR}"), PlannedPrecision.DAY),
    (re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}"), PlannedPrecision.DAY),
    (re.compile(rf"{_WEEKDAY}{_DAY}(?:er)? {_MONTH_WORD} {_YEAR}"), PlannedPrecision.DAY),
)


def parse_period(text: str) -> PlannedPeriod:
    """Read what a buyer types: « T2 2027 », « 2ᵉ trimestre 2027 », « mars 2027 », « 10/02/2026 », « 2027 ».

    Raises Unreadable when it is none of these, or a day that does not exist.
    """
    typed = fold(text)
    for shape, precision in _SHAPES:
        if found := shape.fullmatch(typed):
            return PlannedPeriod(_starting_day(found.groupdict(), text), precision)
    raise _unreadable(text)


def _starting_day(parts: dict[str, str | None], text: str) -> date:
    try:
        day = date(int(parts["year"] or 0), _month_number(parts), int(parts.get("day") or 1))
    except ValueError:
        raise _unreadable(text) from None
    if (weekday := parts.get("weekday")) and weekday != DAY_NAMES[day.weekday()]:
        raise Unreadable(typo(f"Le {format_date(day)} est un {DAY_NAMES[day.weekday()]} : vérifiez la date."))
    return day


def _month_number(parts: dict[str, str | None]) -> int:
    if quarter := parts.get("quarter"):
        return int(quarter) * 3 - 2
    if word := parts.get("word"):
        matching = [number for number, name in enumerate(MONTH_NAMES, 1) if fold(name).startswith(word)]
        if len(matching) != 1:
            raise ValueError(f"no single month is called {word!r}")
        return matching[0]
    return int(parts.get("month") or 1)


def _unreadable(text: str) -> Unreadable:
    examples = "« 10/02/2027 », « mars 2027 », « T2 2027 » ou « 2027 »"
    shown = f"« {text.strip()} » n’est pas une date prévue lisible" if text.strip() else "La date prévue manque"
    return Unreadable(typo(f"{shown} : écrivez par exemple {examples}."))
