"""Promised against retained hours since the first month, as coordinates: the template only draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from portal.declarations.queries import MonthTotal
from portal.kernel.hours import format_hours

_TOP, _BOTTOM = 28, 36


@dataclass(frozen=True)
class Drawn:
    """One drawing at one width. Points are « x,y » pairs; labels stand at the end of their line."""

    width: int
    height: int
    promised: str
    retained: str
    axis: float
    promised_end: tuple[float, float]
    retained_end: tuple[float, float]


@dataclass(frozen=True)
class Curve:
    months: Sequence[MonthTotal]
    past: Sequence[MonthTotal]
    promised: Decimal

    @property
    def wide(self) -> Drawn:
        return self._drawn(720, 260)

    @property
    def narrow(self) -> Drawn:
        return self._drawn(320, 240)

    @property
    def first_label(self) -> str:
        return self.months[0].month.label

    @property
    def last_label(self) -> str:
        return self.months[-1].month.label

    @property
    def promised_words(self) -> str:
        return f"promis\u202f: {format_hours(self.promised)}"

    @property
    def retained_words(self) -> str:
        return f"retenu\u202f: {format_hours(self._retained)}"

    @cached_property
    def _retained(self) -> Decimal:
        return self.past[-1].retained_to_date if self.past else Decimal(0)

    def _drawn(self, width: int, height: int) -> Drawn:
        promised = [(rank, total.promised_to_date) for rank, total in enumerate(self.months, 1)]
        retained = [(rank, total.retained_to_date) for rank, total in enumerate(self.past, 1)]
        placed = [
            [self._at(rank, hours, width, height) for rank, hours in [(0, Decimal(0)), *points]]
            for points in (promised, retained)
        ]
        lines = [" ".join(f"{x},{y}" for x, y in points) for points in placed]
        return Drawn(width, height, lines[0], lines[1], height - _BOTTOM, placed[0][-1], placed[1][-1])

    def _at(self, rank: int, hours: Decimal, width: int, height: int) -> tuple[float, float]:
        """Zero stands on the axis; the most of promised and retained, at the top."""
        most = max(self.promised, self._retained, Decimal(1))
        x = round(width * rank / len(self.months), 1)
        y = round(_TOP + (height - _TOP - _BOTTOM) * float(1 - hours / most), 1)
        return x, y
