"""French words and typography: dates, numbers, plurals, spaces and apostrophes."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from portal.kernel.clock import PARIS

NARROW = "\u202f"
"""Narrow no-break space: between thousands, before units and before ; : ! ?"""

MONTH_NAMES = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
DAY_NAMES = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def ordinal(number: int) -> str:
    """« 1ᵉʳ », « 2ᵉ »."""
    return "1ᵉʳ" if number == 1 else f"{number}ᵉ"


def format_date(day: date) -> str:
    """« 10 février 2026 », « 1ᵉʳ septembre 2027 »."""
    number = ordinal(1) if day.day == 1 else str(day.day)
    return f"{number} {MONTH_NAMES[day.month - 1]} {day.year}"


def format_date_long(day: date) -> str:
    """« mardi 10 février 2026 »."""
    return f"{DAY_NAMES[day.weekday()]} {format_date(day)}"


def format_instant(instant: datetime) -> str:
    """An aware instant as read in Paris: « 3 décembre 2026 à 9 h 42 »."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    local = instant.astimezone(PARIS)
    return f"{format_date(local.date())} à {local.hour}{NARROW}h{NARROW}{local.minute:02}"


def format_number(number: Decimal | int, decimals: int | None = None) -> str:
    """« 435 643 », « 17,4 », « −3 »: all its digits, or exactly `decimals` of them, rounded half to even."""
    value = Decimal(number)
    plain = f"{abs(value):f}" if decimals is None else f"{abs(value):.{decimals}f}"
    whole, _, fraction = plain.partition(".")
    grouped = f"{int(whole):,}".replace(",", NARROW)
    sign = "−" if value < 0 else ""
    return f"{sign}{grouped},{fraction}" if fraction else f"{sign}{grouped}"


def plural(count: Decimal | int, singular: str, several: str | None = None) -> str:
    """« 0 lot », « 1 lot », « 1 200 lots »: in French the plural starts at two. `several` defaults to singular + s."""
    word = singular if abs(Decimal(count)) < 2 else several or f"{singular}s"
    return f"{format_number(count)} {word}"


_SPACE = "[ \u00a0\u202f]"
_RULES = re.compile(
    rf"""
      (?P<kept>https?://\S+ | \S+@\S+ | </?[a-zA-Z][^>]*> | &\#?\w+;)
    | (?P<apostrophe>(?<=[^\W\d_])'(?=[\w«"]))
    | (?P<numbered>(?<=\b[Ll]ot){_SPACE}(?=\d))
    | (?P<opening>«{_SPACE}*)
    | (?P<closing>{_SPACE}*»)
    | (?:
          (?<=\d){_SPACE}*(?=[%€])
        | (?<=\d){_SPACE}+(?=(?:(?:k|M|Md)€|h|min|km²?|kg|m²)(?!\w))
        | (?<=[^\s(\[«;:!?]){_SPACE}*(?=[;:!?]+(?:[\s)\]»”]|$))
      )
      (?P<spaced>[;:!?]+|%|€|\w+[€²]?)
    | (?<![\w.,/-])(?P<first>1(?:er|re))(?!\w)
    | (?<![\w.,/-])(?P<rank>\d{{1,3}})(?:e|[eè]me)(?!\w)
    """,
    re.VERBOSE,
)


_SETTINGS: dict[str, Callable[[str], str]] = {
    "kept": lambda found: found,
    "apostrophe": lambda _: "’",
    "numbered": lambda _: "\u00a0",
    "opening": lambda _: f"«{NARROW}",
    "closing": lambda _: f"{NARROW}»",
    "first": lambda found: "1ᵉʳ" if found == "1er" else "1ʳᵉ",
    "rank": lambda found: f"{found}ᵉ",
    "spaced": lambda found: f"{NARROW}{found}",
}


def _set(match: re.Match[str]) -> str:
    rule = match.lastgroup or "kept"
    return _SETTINGS[rule](match[rule])


def typo(text: str) -> str:
    """Set French typography in plain text; web and e-mail addresses, tags and entities stay as they are.

    Narrow no-break spaces inside « », before ; : ! ? % and units; « lot » kept with its number; curly
    apostrophes; 1ᵉʳ and 2ᵉ. Twice is as once.
    """
    return _RULES.sub(_set, text)
