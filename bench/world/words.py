"""The words of the invented country."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from portal.kernel.french import typo


@cache
def words() -> dict[str, Any]:
    """The content of words.toml, with the spaces and apostrophes that French wants."""
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    read: dict[str, Any] = _typeset(tomllib.loads(text))
    return read


def _typeset(value: Any) -> Any:
    if isinstance(value, str):
        return typo(value)
    if isinstance(value, list):
        return [_typeset(item) for item in value]
    if isinstance(value, dict):
        return {key: _typeset(item) for key, item in value.items()}
    return value
