"""Decimals with two places, stored as integers: what euros and hours have in common."""

import re
from decimal import Decimal

from portal.kernel.errors import Unreadable
from portal.kernel.french import format_number, typo

_PLACES = Decimal("0.01")
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_WRITTEN = re.compile(r"(?P<minus>[-−])?(?P<whole>[0-9]+)(?:[.,](?P<fraction>[0-9]+))?")
_TOO_LARGE = Decimal(10) ** 12


def to_hundredths(value: Decimal) -> int:
    """Exact: raises ValueError beyond two decimals, from 10¹² on, or for a value that is not a number."""
    if not value.is_finite() or abs(value) >= _TOO_LARGE or value != value.quantize(_PLACES):
        raise ValueError(f"not a storable number of hundredths: {value}")
    return int(value * 100)


def from_hundredths(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)


def parse_hundredths(text: str, *, what: str, example: str) -> Decimal:
    """Read a positive number with at most two decimals; `what` and `example` feed the sentence of Unreadable.

    A third decimal is refused, never rounded: « 1.234 » could be a thousand and more.
    """
    found = _WRITTEN.fullmatch(_SPACES.sub("", text))
    if found is None:
        raise Unreadable(typo(f"{what} n’est pas lisible : écrivez par exemple {example}."))
    if found["minus"]:
        raise Unreadable(typo(f"{what} ne peut pas être négatif : écrivez par exemple {example}."))
    if len(found["fraction"] or "") > 2:
        raise Unreadable(typo(f"{what} a plus de deux décimales : écrivez par exemple {example}."))
    value = Decimal(f"{found['whole']}.{found['fraction'] or '0'}")
    if value >= _TOO_LARGE:
        raise Unreadable(typo(f"{what} est trop grand : vérifiez le nombre de zéros."))
    return value.quantize(_PLACES)


def format_hundredths(value: Decimal) -> str:
    """Two decimals, or none when they would be zeros: « 970,50 », « 12 000 »."""
    return format_number(value, decimals=0 if value == value.to_integral_value() else 2)
