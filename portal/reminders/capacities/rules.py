"""When a structure is asked to read its capacity again. No database, no clock."""

from datetime import date, timedelta

from portal.directory.rules import CAPACITY_HOLDS_MONTHS, capacity_due_on

FIRST_ASKED_AFTER = timedelta(days=7)
"""After its first person has an account, for a structure that never said anything."""


def step_reached(confirmed_on: date | None, known_since: date, day: date) -> date | None:
    """The last planned day, `day` included, on which the structure was to be asked; None: not yet.

    Six months after it last said that its capacity holds, then every six months; a week after its first person has an
    account when it never said anything.
    """
    first = known_since + FIRST_ASKED_AFTER if confirmed_on is None else capacity_due_on(confirmed_on)
    if first > day:
        return None
    months = (day.year - first.year) * 12 + day.month - first.month
    halves = months // CAPACITY_HOLDS_MONTHS
    last = capacity_due_on(first, halves)
    return last if last <= day else capacity_due_on(first, halves - 1)


def is_asked(confirmed_on: date | None, step: date) -> bool:
    """Whether what was planned for a step still is to be said: nothing was confirmed on that day or since."""
    return confirmed_on is None or confirmed_on < step
