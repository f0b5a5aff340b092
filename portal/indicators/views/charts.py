"""What the pictures draw: positions in percent of the width and in pixels of height, words beside each mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.indicators.published import PublishedContract, Table
from portal.kernel.french import MONTH_NAMES, NARROW, format_number
from portal.vocabulary import ExitFamily

COLUMNS_HEIGHT = 200
MOST_PAIRS = 8

_SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def month_columns(table: Table) -> list[dict[str, Any]]:
    """A column a month, from zero; the highest and the lowest say their number."""
    values = {cell.code: cell.value for cell in table}
    told = [value for value in values.values() if value]
    most, least = max(told, default=None), min(told, default=None)
    step = Decimal(100) / (len(table) or 1)
    return [
        {
            "x": _places(step * rank + step * Decimal("0.14")),
            "middle": _places(step * rank + step / 2),
            "width": _places(step * Decimal("0.72")),
            "height": _height(cell.value, most),
            "hidden": cell.value is None,
            "words": format_number(cell.value, 0) if cell.value and cell.value in {most, least} else None,
            "is_most": cell.value == most,
            "month": _SHORT[rank],
            "initial": MONTH_NAMES[rank][0].upper(),
            **_anchored(rank, len(table), step),
        }
        for rank, cell in enumerate(table)
    ]


def _anchored(rank: int, columns: int, step: Decimal) -> dict[str, Any]:
    """Where a number stands over its column: within the picture, at both ends."""
    left, right = step * rank + step * Decimal("0.14"), step * rank + step * Decimal("0.86")
    if rank == 0:
        return {"anchor": "start", "at": _places(left)}
    if rank == columns - 1:
        return {"anchor": "end", "at": _places(right)}
    return {"anchor": "middle", "at": _places((left + right) / 2)}


def _height(value: Decimal | None, most: Decimal | None) -> Decimal:
    return _places(COLUMNS_HEIGHT * value / most) if value and most else Decimal(0)


def exit_segments(table: Table) -> list[dict[str, Any]] | None:
    """The families end to end, in shares of all observed exits; None when one of them is withheld, or all are empty."""
    values = [(ExitFamily(cell.code), cell.value) for cell in table]
    total = sum((value for _, value in values if value is not None), Decimal(0))
    if not total or any(value is None for _, value in values):
        return None
    segments, x = [], Decimal(0)
    for family, value in values:
        share = 100 * (value or Decimal(0)) / total
        segments.append({"family": family, "count": value, "x": _places(x), "width": _places(share)})
        x += share
    return segments


@dataclass(frozen=True)
class Pair:
    """One contract: an empty ring where it promised, a full dot where it stands.

    Each on a scale of its own, from zero: one contract of 300 000 h would flatten all others.
    """

    contract: PublishedContract
    retained: Decimal
    year: int

    @property
    def scale(self) -> Decimal:
        return max(self.contract.promised, self.retained)

    @property
    def promised_x(self) -> Decimal:
        return _places(100 * self.contract.promised / self.scale)

    @property
    def retained_x(self) -> Decimal:
        return _places(100 * self.retained / self.scale)

    @property
    def left(self) -> Decimal:
        return min(self.promised_x, self.retained_x)

    @property
    def width(self) -> Decimal:
        return abs(self.retained_x - self.promised_x)

    @property
    def is_ended(self) -> bool:
        return self.contract.ends_on is not None and self.contract.ends_on.year <= self.year

    @property
    def is_held(self) -> bool:
        return self.retained >= self.contract.promised

    @property
    def tone(self) -> str:
        """« ok » once the promise is held, « due » when the contract ended below it, neither while it runs."""
        if self.is_held:
            return "ok"
        return "due" if self.is_ended else "soft"

    @property
    def words(self) -> str:
        """« 7 000 → 35 000 h »."""
        return f"{format_number(self.contract.promised, 0)} → {format_number(self.retained, 0)}{NARROW}h"

    @property
    def verdict(self) -> str:
        if self.is_held:
            return "Promesse tenue"
        return "Fini en dessous" if self.is_ended else "En cours"


def pairs(contracts: Sequence[PublishedContract], year: int) -> list[Pair]:
    """The contracts worth a picture: the greatest surplus, those that ended in the year, then the largest."""
    told = {contract: contract.retained for contract in contracts if contract.retained is not None}
    best = greatest_surplus(contracts)
    ended = [contract for contract in told if contract.ends_on and contract.ends_on.year == year]
    chosen = list(dict.fromkeys([*([best] if best else []), *ended, *told]))[:MOST_PAIRS]
    return [Pair(contract, told[contract], year) for contract in chosen]


def greatest_surplus(contracts: Sequence[PublishedContract]) -> PublishedContract | None:
    """The contract that gave most for each hour promised; None when none gave more than it promised."""
    beyond = [contract for contract in contracts if (contract.retained or 0) > contract.promised]
    return max(beyond, key=lambda contract: (contract.retained or 0) / contract.promised, default=None)


def _places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
