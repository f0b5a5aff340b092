"""Hours: `Decimal` in Python, integer hundredths of an hour in the database."""

import re
from decimal import Decimal

from portal.kernel.french import NARROW
from portal.kernel.hundredths import format_hundredths, from_hundredths, parse_hundredths, to_hundredths

Hours = Decimal

_UNIT = re.compile(r"\s*(?:h|heures?)\s*$", re.IGNORECASE)


def to_centihours(hours: Hours) -> int:
    """Exact: raises ValueError beyond two decimals."""
    return to_hundredths(hours)


def from_centihours(centihours: int) -> Hours:
    return from_hundredths(centihours)


def parse_hours(text: str) -> Hours:
    """Read « 970,50 » or « 12 000 h » as typed, in decimal hours; raises Unreadable, for « 7 h 30 » too."""
    return parse_hundredths(_UNIT.sub("", text), what="Le nombre d’heures", example="970,50")


def format_hours(hours: Hours) -> str:
    """« 970,50 h », « 12 000 h »."""
    return f"{format_hundredths(hours)}{NARROW}h"
