"""What addresses may hold."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter

_LARGEST = 2**31 - 1
"""Of an integer column: beyond, databases answer with an error."""


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
