"""An hour read on a clock in Paris, and the instant it is."""

import re
from datetime import UTC, date, datetime, time

from portal.kernel.clock import PARIS
from portal.kernel.errors import RuleViolation, Unreadable
from portal.kernel.french import NARROW, format_date, typo

_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})\s*(?:(?:h|heures?|:)\s*(?P<minute>[0-9]{2})?)?\s*(?:min)?")
_EXAMPLE = typo("Indiquez une heure : écrivez par exemple « 14 h 30 ».")


def parse_hour(typed: str) -> time:
    """« 14 h 30 », « 14h », « 14:30 »; raises Unreadable."""
    found = _HOUR.fullmatch(typed.strip().lower())
    if found is None:
        raise Unreadable(_EXAMPLE)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour > 23 or minute > 59:
        raise Unreadable(_EXAMPLE)
    return time(hour, minute)


def format_hour(hour: time) -> str:
    """« 14 h 30 »."""
    return f"{hour.hour}{NARROW}h{NARROW}{hour.minute:02}"


def instant_in_paris(day: date, hour: time, field: str) -> datetime:
    """The instant, in UTC; an hour that comes twice, in October, is the first of both.

    Raises RuleViolation on `field` for an hour that clocks skip, in March.
    """
    civil = datetime.combine(day, hour, PARIS)
    instant = civil.astimezone(UTC)
    if instant.astimezone(PARIS).replace(tzinfo=None) != civil.replace(tzinfo=None):
        raise RuleViolation(
            typo(
                f"Le {format_date(day)}, on avance les horloges de deux à trois heures : {format_hour(hour)} n’existe "
                "pas. Choisissez une autre heure."
            ),
            field,
        )
    return instant
