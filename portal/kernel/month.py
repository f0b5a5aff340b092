"""The calendar month: the period of a declaration."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from portal.kernel.french import MONTH_NAMES

_STORED = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A month of a year; ordered in time. `Month(2026, 12) + 1` is January 2027."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (date.min.year <= self.year <= date.max.year and 1 <= self.month <= 12):
            raise ValueError(f"no such month: {self.year}-{self.month}")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the stored form, « 2026-12 »; raises ValueError for anything else."""
        found = _STORED.fullmatch(text)
        if found is None:
            raise ValueError(f"not a month: {text!r}")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def __add__(self, months: int) -> Self:
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return type(self)(year, month + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def label(self) -> str:
        """« décembre 2026 »."""
        return f"{MONTH_NAMES[self.month - 1]} {self.year}"


def months_between(first: Month, last: Month) -> list[Month]:
    """In order, both included; none when the last comes before the first."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first + rank for rank in range(months)]
