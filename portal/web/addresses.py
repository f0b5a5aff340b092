"""What addresses may hold, and what they ask."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter

_LARGEST = 2**31 - 1
"""Of an integer column: beyond, databases answer with an error."""
_FURTHEST = 100_000
"""No list of ours has more pages; further, what is skipped could exceed what the database counts."""


class _Number(IntegerConverter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": _LARGEST} | kwargs)


def bound_numbers(app: Flask) -> None:
    """`<int:…>` matches what the database can hold; anything larger is no page. Called before routes are added."""
    app.url_map.converters["int"] = _Number


def number_in_query(name: str) -> int | None:
    """The number of a row that the query string gives; None for what no row can have."""
    asked = request.args.get(name, type=int)
    return asked if asked is not None and 0 < asked <= _LARGEST else None


def page_asked() -> int:
    """Which page of its list the address asks for, the first unless it tells one; it may be beyond the last."""
    return min(max(request.args.get("page", 1, type=int), 1), _FURTHEST)
