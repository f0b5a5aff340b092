"""Trades × quarters, one sign a lot: what the timeline of the public list draws."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from portal.forecast.listing.search import TIMELINE_QUARTERS, Found, quarter_index
from portal.forecast.listing.selection import Facet
from portal.kernel.french import format_number, plural
from portal.kernel.month import Month
from portal.kernel.period import Quarter
from portal.vocabulary import Lever, Trade

_SIGNS = (Lever.RESERVED, Lever.CLAUSE, Lever.CRITERION)
"""The levers that have a sign of their own; a lot shows that of the first it carries."""

_ALL = ""
"""The row of the totals, among trades."""

UrlOf = Callable[[Facet, str], str]
"""The address of the list kept to one value of a facet."""


def timeline_of(found: Found, first_quarter: Quarter, url_of: UrlOf, mine: Collection[Trade] = ()) -> dict[str, Any]:
    """`mine`: the trades whose rows carry the green rule."""
    first = quarter_index(first_quarter)
    columns = range(first, first + TIMELINE_QUARTERS)
    cells = _cells(found)
    totals = [cells.get((_ALL, column), _no_signs()) for column in columns]
    held = {trade: [cells.get((trade.value, column), _no_signs()) for column in columns] for trade in Trade}
    return {
        "quarters": [_column(quarter_at(column), url_of) for column in columns],
        "rows": [_row(trade, row, url_of, mine) for trade, row in held.items() if _sum(row)],
        "totals": {
            "total": format_number(_sum(totals)),
            "reserved": format_number(sum(cell["reserved"] for cell in totals)),
            "cells": totals,
        },
        "description": f"{plural(_sum(totals), 'lot')} sur huit trimestres. Un signe représente un lot.",
    }


def first_quarter_on(today: date) -> Quarter:
    """Where the timeline begins: the quarter of next month, for in its last month a quarter is already behind."""
    return Quarter.of((Month.of(today) + 1).first_day)


def period_of(quarter: Quarter) -> str:
    """How addresses write a quarter."""
    return f"{quarter.year}-T{quarter.number}"


def quarter_at(index: int) -> Quarter:
    return Quarter(index // 4, index % 4 + 1)


def _cells(found: Found) -> dict[tuple[str, int], dict[str, int]]:
    cells: dict[tuple[str, int], dict[str, int]] = {}
    for (quarter, trade, mask), count in found.cells.items():
        for row in (trade, _ALL):
            cells.setdefault((row, quarter), _no_signs())[_sign(mask)] += count
    return cells


def _column(quarter: Quarter, url_of: UrlOf) -> dict[str, Any]:
    return {
        "label": quarter.label,
        "short": quarter.short_label.removesuffix(f" {quarter.year}"),
        "year": quarter.year,
        "url": url_of(Facet.PERIOD, period_of(quarter)),
    }


def _row(trade: Trade, cells: list[dict[str, int]], url_of: UrlOf, mine: Collection[Trade]) -> dict[str, Any]:
    return {
        "label": trade.label,
        "total": format_number(_sum(cells)),
        "mine": trade in mine,
        "url": url_of(Facet.TRADE, trade.value),
        "cells": cells,
    }


def _no_signs() -> dict[str, int]:
    return {"reserved": 0, "clause": 0, "criterion": 0, "other": 0}


def _sign(mask: int) -> str:
    return next((lever.value for lever in _SIGNS if mask >> list(Lever).index(lever) & 1), "other")


def _sum(cells: Sequence[dict[str, int]]) -> int:
    return sum(sum(cell.values()) for cell in cells)
