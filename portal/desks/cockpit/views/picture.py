"""Capacity against need, as the picture and its table show it: places in percent, words ready."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from portal.desks.cockpit.quarters import Balance, Cell
from portal.kernel.french import format_number, typo
from portal.kernel.hours import format_hours

_WIDTH = 0.86
"""Of its column, that the longest bar takes."""


@dataclass(frozen=True)
class Bar:
    """One quarter of one trade. `covered` and `missing` are shares of the longest bar."""

    words: str
    covered: float
    missing: float


@dataclass(frozen=True)
class Row:
    label: str
    capacity: str
    bars: list[Bar]
    cells: list[Cell]
    total: Cell


class Picture:
    def __init__(self, balance: Balance) -> None:
        self.balance = balance

    @property
    def quarters(self) -> list[dict[str, object]]:
        return [
            {"label": each.label, "short": each.short_label.removesuffix(f" {each.year}"), "year": each.year}
            for each in self.balance.quarters
        ]

    @cached_property
    def rows(self) -> list[Row]:
        most = self.balance.most
        return [
            Row(
                row.trade.label,
                format_hours(row.capacity),
                [_bar(cell, most) for cell in row.cells],
                list(row.cells),
                row.total,
            )
            for row in self.balance.rows
        ]

    @cached_property
    def totals(self) -> list[Bar]:
        """Of each quarter, all trades together, on their own scale."""
        totals = self.balance.totals
        most = max((cell.wanted for cell in totals), default=Decimal(0))
        return [_bar(cell, most) for cell in totals]

    @property
    def sentence(self) -> str:
        """The result, before the picture shows it."""
        total, hole = self.balance.total, self.balance.first_hole
        if not total.wanted:
            return "Aucun lot à venir ne dit d’heures dans les métiers et sur le territoire de votre réseau."
        held, wanted = (format_hours(hours.quantize(Decimal(1))) for hours in (total.covered, total.wanted))
        told = f"Vos adhérents ont de quoi tenir {held} par an sur {wanted}"
        if hole is None:
            return typo(f"{told} : leur capacité suffit, trimestre après trimestre.")
        quarter, row = hole
        return typo(f"{told}. Ils commencent à manquer au {quarter.label} : {row.trade.label.lower()}.")


def _bar(cell: Cell, most: Decimal) -> Bar:
    if not cell.wanted or not most:
        return Bar("", 0, 0)
    share = (float(each / most) * _WIDTH for each in (cell.covered, cell.missing))
    return Bar(format_number(cell.wanted.quantize(Decimal(1))), *share)
