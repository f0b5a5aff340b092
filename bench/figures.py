"""What a measurement gives: lines of one table, beside the bars of the quality file."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`holds_by` tells how many times as good as its bar it is: 1 is the bar itself; None: told without a bar."""

    name: str
    measured: str
    bar: str = ""
    holds_by: float | None = None


@dataclass(frozen=True)
class Effort:
    """How much is done for one run."""

    searches: int
    repeats: int
    revalidations: int
    requests: int


FULL = Effort(searches=1_000, repeats=3, revalidations=2_000, requests=10_000)
QUICK = Effort(searches=100, repeats=3, revalidations=200, requests=1_000)


def at_least(name: str, measured: float, bar: float, unit: str = "", note: str = "") -> Figure:
    return Figure(name, _told(measured, unit, note), f"≥ {_number(bar)}{unit}", measured / bar)


def at_most(name: str, measured: float, bar: float, unit: str = "", note: str = "") -> Figure:
    holds_by = bar / measured if measured else float("inf")
    return Figure(name, _told(measured, unit, note), f"≤ {_number(bar)}{unit}", holds_by)


def told(name: str, measured: float, unit: str = "", note: str = "") -> Figure:
    return Figure(name, _told(measured, unit, note))


def table(figures: Sequence[Figure]) -> str:
    """Columns « figure, measured, bar, × bar »: in the last one, 1.00 or more holds."""
    heading = ("figure", "measured", "bar", "× bar")
    rows = [heading, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _row(figure: Figure) -> tuple[str, str, str, str]:
    holds_by = "" if figure.holds_by is None else f"{figure.holds_by:.2f}"
    return figure.name, figure.measured, figure.bar, holds_by


def _told(measured: float, unit: str, note: str) -> str:
    return f"{_number(measured)}{unit}" + (f" ({note})" if note else "")


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"
