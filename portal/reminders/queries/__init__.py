"""Rows out, nothing decided here."""

from portal.reminders.queries.audiences import Concerned, coordinated, people_concerned
from portal.reminders.queries.ledger import Told, keys_promised, steps_told, told_of, told_to
from portal.reminders.queries.months import Waiting, as_awaited, awaited, months, recipients

__all__ = [
    "Concerned",
    "Told",
    "Waiting",
    "as_awaited",
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
