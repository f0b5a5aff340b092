"""Finds the lots of a page and counts every facet: what one view of the list holds, in codes and numbers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from portal.forecast.listing.conditions import parameters_of
from portal.forecast.listing.matching import cursor_at, in_batches, matching
from portal.forecast.listing.selection import Selection
from portal.forecast.listing.statement import PAGE, prepared, searched_words, shape_of
from portal.forecast.listing.upkeep import cell_of
from portal.kernel.period import Quarter
from portal.kernel.text import fold

TIMELINE_QUARTERS = 8

Named = tuple[str, str, int]
"""A code, its name, a number of lots."""


@dataclass
class Found:
    """What one view of the list holds."""

    total: int = 0
    all_lots: int = 0
    """Of the whole list, whatever the selection; likewise for the two that follow."""
    all_buyers: int = 0
    last_quarter: int = 0
    before: int = 0
    """How many lots come before the first of the page; for a backwards page, before the cursor."""
    lot_ids: list[int] = field(default_factory=list)
    """Of the page, in no order, and one more when there is another page."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By column, then by value."""
    communes: list[Named] = field(default_factory=list)
    """The communes with most lots, and those selected."""
    buyers: list[Named] = field(default_factory=list)
    """The buyers with most lots, and those selected, by SIRET."""
    cells: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    """Lots by (quarter, trade, lever mask), over the quarters of the timeline."""

    def counts_of(self, column: str) -> Counter[str]:
        return self.counts.get(column, Counter())

    def take(self, facet: str, value: str, count: int, label: str) -> None:
        """Take in one row of the statement."""
        match facet:
            case "total" | "all_lots" | "all_buyers" | "last_quarter" | "before":
                setattr(self, facet, count)
            case "lot":
                self.lot_ids.append(count)
            case "commune":
                self.communes.append((value, label, count))
            case "buyer":
                self.buyers.append((value, label, count))
            case "cell":
                quarter, trade, levers = value.split("|")
                self.cells[int(quarter), trade, int(levers)] += count
            case column:
                self.counts.setdefault(column, Counter())[value] += count


def find(session: Session, selection: Selection, first_quarter: Quarter) -> Found:
    """One statement; the timeline begins at `first_quarter`."""
    asked = prepared(shape_of(selection), session.get_bind().dialect)
    parameters = _parameters(selection, quarter_index(first_quarter))
    if asked.words is not None:
        parameters[asked.words] = searched_words(selection.text)
    found = Found()
    for facet, value, count, label in session.execute(asked.statement, parameters):
        found.take(facet, value or "", count, label or "")
    found.communes.sort(key=_by_lots)
    found.buyers.sort(key=_by_lots)
    return found


def quarter_index(quarter: Quarter) -> int:
    """The number under which `listing` keeps a quarter."""
    return quarter.year * 4 + quarter.number - 1


def _by_lots(named: Named) -> tuple[int, str, str]:
    return -named[2], fold(named[1]), named[0]


def _parameters(selection: Selection, first: int) -> dict[str, Any]:
    last = first + TIMELINE_QUARTERS - 1
    cells = [cell_of(quarter) for quarter in range(first, last + 1)]
    parameters = parameters_of(selection) | {"first": first, "last": last, "cells": cells}
    if selection.cursor:
        parameters |= {"key": selection.cursor.key, "lot_id": selection.cursor.lot_id}
    return parameters


__all__ = ["PAGE", "TIMELINE_QUARTERS", "Found", "cursor_at", "find", "in_batches", "matching", "quarter_index"]
