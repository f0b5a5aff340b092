"""Reads the words of the demonstration, and sets their typography."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from portal.kernel.french import typo

_HERE = Path(__file__).parent


@cache
def words(name: str) -> dict[str, Any]:
    """The content of `name`.toml, with the spaces and apostrophes that French wants."""
    set_well: dict[str, Any] = _typeset(tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8")))
    return set_well


def _typeset(value: Any) -> Any:
    if isinstance(value, str):
        return typo(value)
    if isinstance(value, list):
        return [_typeset(item) for item in value]
    if isinstance(value, dict):
        return {key: _typeset(item) for key, item in value.items()}
    return value
