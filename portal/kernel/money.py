"""Euros: `Decimal` in Python, integer cents in the database."""

import re
from decimal import ROUND_HALF_UP, Decimal

from portal.kernel.french import NARROW, format_number
from portal.kernel.hundredths import format_hundredths, from_hundredths, parse_hundredths, to_hundredths

Euros = Decimal

_CURRENCY = re.compile(r"\s*(?:€|euros?|eur)(?:\s*h\.?t\.?)?\s*$", re.IGNORECASE)


def to_cents(euros: Euros) -> int:
    """Exact: raises ValueError beyond two decimals."""
    return to_hundredths(euros)


def from_cents(cents: int) -> Euros:
    return from_hundredths(cents)


def parse_euros(text: str) -> Euros:
    """Read « 1 234,56 € » as typed; raises Unreadable, beyond two decimals too."""
    return parse_hundredths(_CURRENCY.sub("", text), what="Le montant", example="1 234,56")


def format_euros(euros: Euros) -> str:
    """« 1 234,56 € », « 90 000 € »."""
    return f"{format_hundredths(euros)}{NARROW}€"


def parse_signed_euros(text: str) -> Euros:
    """As `parse_euros`, with a minus before for what is taken back."""
    bare = text.strip()
    negative = bare.startswith(("-", "−"))
    euros = parse_euros(bare[1:] if negative else bare)
    return -euros if negative else euros


def format_euros_short(euros: Euros) -> str:
    """« 17,4 M€ », « 1 M€ », « 90 000 € »: rounded half up, to read in a sentence."""
    whole = euros.quantize(Decimal(1), ROUND_HALF_UP)
    if abs(whole) < 1_000_000:
        return f"{format_number(whole)}{NARROW}€"
    millions = (whole / 1_000_000).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{format_number(millions).removesuffix(',0')}{NARROW}M€"
