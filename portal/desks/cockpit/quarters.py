"""What lots to come ask, quarter by quarter and trade by trade, against what members have left. No database, no clock.

A convention, said beside the picture: hours are those of a year, they are taken in the order of the consultations, and
what a lot takes is not there for the next ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.kernel.period import Quarter
from portal.vocabulary import Trade

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Cell:
    """One quarter: hours a year wanted by the lots whose consultation is planned then, and what is left for them."""

    wanted: Decimal = _ZERO
    covered: Decimal = _ZERO

    @property
    def missing(self) -> Decimal:
        return self.wanted - self.covered

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.wanted + other.wanted, self.covered + other.covered)


@dataclass(frozen=True)
class TradeRow:
    trade: Trade
    capacity: Decimal
    """Hours a year that the members have left in it."""
    cells: tuple[Cell, ...]

    @property
    def total(self) -> Cell:
        return sum(self.cells, Cell())


@dataclass(frozen=True)
class Balance:
    """Capacity against need, for trades that some lot asks."""

    quarters: tuple[Quarter, ...]
    rows: tuple[TradeRow, ...]

    @property
    def totals(self) -> tuple[Cell, ...]:
        return tuple(sum((row.cells[at] for row in self.rows), Cell()) for at in range(len(self.quarters)))

    @property
    def total(self) -> Cell:
        return sum(self.totals, Cell())

    @property
    def most(self) -> Decimal:
        """The largest need of a cell, to which all are drawn."""
        return max((cell.wanted for row in self.rows for cell in row.cells), default=_ZERO)

    @property
    def first_hole(self) -> tuple[Quarter, TradeRow] | None:
        """The soonest quarter in which a trade runs short, and the one that misses most then."""
        for at, quarter in enumerate(self.quarters):
            short = [row for row in self.rows if row.cells[at].missing > 0]
            if short:
                return quarter, max(short, key=lambda row: row.cells[at].missing)
        return None


def balance(
    first: Quarter, count: int, wanted: Iterable[tuple[Quarter, Trade, Decimal]], capacity: Mapping[Trade, Decimal]
) -> Balance:
    quarters = tuple(first + number for number in range(count))
    asked: dict[Trade, dict[Quarter, Decimal]] = {}
    for quarter, trade, hours in wanted:
        if quarter in quarters:
            of_trade = asked.setdefault(trade, {})
            of_trade[quarter] = of_trade.get(quarter, _ZERO) + hours
    rows = [_row(trade, quarters, asked[trade], capacity.get(trade, _ZERO)) for trade in Trade if trade in asked]
    return Balance(quarters, tuple(rows))


def _row(trade: Trade, quarters: Sequence[Quarter], asked: Mapping[Quarter, Decimal], capacity: Decimal) -> TradeRow:
    cells, left = [], capacity
    for quarter in quarters:
        hours = asked.get(quarter, _ZERO)
        cells.append(Cell(hours, min(hours, left)))
        left -= cells[-1].covered
    return TradeRow(trade, capacity, tuple(cells))
