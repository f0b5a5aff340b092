"""A person's hours by month as bars: what was declared, and what was retained of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.kernel.hours import format_hours
from portal.kernel.month import Month, months_between

_HEIGHT, _TOP, _AXIS = 200, 26, 160
_MOST = 36
"""Months in the drawing, the last ones: the table tells them all."""


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    declared_y: float
    declared_height: float
    retained_y: float
    retained_height: float


@dataclass(frozen=True)
class Drawing:
    """The bars at one width."""

    width: int
    bars: Sequence[Bar]
    height: int = _HEIGHT
    axis: int = _AXIS
    top: int = _TOP


@dataclass(frozen=True)
class PathChart:
    wide: Drawing
    narrow: Drawing
    first_label: str
    last_label: str
    most_label: str
    """What the highest bar is worth."""

    @classmethod
    def of(cls, sums: Mapping[Month, tuple[Decimal, Decimal]]) -> "PathChart":
        """`sums`: declared and retained by month; a month that is not there has none."""
        months = months_between(min(sums), max(sums))[-_MOST:]
        told = [sums.get(month, (Decimal(0), Decimal(0))) for month in months]
        most = max(*(declared for declared, _ in told), Decimal(1))
        return cls(
            _drawn(720, told, most),
            _drawn(320, told, most),
            months[0].label,
            months[-1].label,
            format_hours(most),
        )


def _drawn(width: int, told: Sequence[tuple[Decimal, Decimal]], most: Decimal) -> Drawing:
    step = width / len(told)
    return Drawing(width, [_bar(rank * step, min(step * 0.7, 44), *hours, most) for rank, hours in enumerate(told)])


def _bar(x: float, width: float, declared: Decimal, retained: Decimal, most: Decimal) -> Bar:
    high, kept = (round(float(hours / most) * (_AXIS - _TOP), 1) for hours in (declared, retained))
    return Bar(round(x, 1), round(width, 1), round(_AXIS - high, 1), high, round(_AXIS - kept, 1), kept)
