"""How pages and mails word values: the same filters in both."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from portal.kernel import french, hours, money

FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "typo": french.typo,
        "long_date": french.format_date_long,
        "short_date": french.format_date,
        "instant": french.format_instant,
        "euros": money.format_euros,
        "euros_short": money.format_euros_short,
        "hours": hours.format_hours,
        "number": french.format_number,
        "plural": french.plural,
    }
)
