"""Rows out, nothing decided here."""

from portal.reminders.queries.audiences import Concerned, coordinated, people_concerned
from portal.reminders.queries.ledger import Told, keys_promised, steps_told, told_of, told_to
from portal.reminders.queries.months import Awaited, awaited, months, recipients

__all__ = [
    "Awaited",
    "Concerned",
    "Told",
    "awaited",
    "coordinated",
    "keys_promised",
    "months",
    "people_concerned",
    "recipients",
    "steps_told",
    "told_of",
    "told_to",
]
