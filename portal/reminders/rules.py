"""Which step a month has reached, and whether it is still to be told (domain.md § 0 bis).

Steps are calendar days from the due date, moved to the next business day. What is told is the latest one reached and
not yet told: a step that was missed is superseded by the next, never told late, and none is told twice.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from portal.kernel.business_days import business_day_from
from portal.vocabulary import DeclarationState, ReminderStep

ASKS_UNTIL = timedelta(days=90)
"""Past its due date: a month awaited for longer is no longer chased by mail, whoever newly joins or however long the
scheduler was away. Beyond the last step by far, it bounds what each morning looks at."""

_BEGUN = frozenset({DeclarationState.DRAFT, DeclarationState.RETURNED})
"""A draft exists: begun, or sent back and being corrected. All it lacks is to be handed in."""


def reached_on(step: ReminderStep, due_on: date) -> date:
    """The business day on which a step is reached."""
    return business_day_from(due_on + timedelta(days=step.offset_days))


def concerns(step: ReminderStep, state: DeclarationState) -> bool:
    """Whether a step is for a month in that state: « J−2 si seul un brouillon existe »."""
    if state not in DeclarationState.awaited():
        return False
    return step is not ReminderStep.TWO_DAYS_BEFORE or state in _BEGUN


def latest_reached(state: DeclarationState, due_on: date, day: date) -> ReminderStep | None:
    """The last step that a month in that state has reached on `day`."""
    reached = (step for step in _LATEST_FIRST if concerns(step, state) and reached_on(step, due_on) <= day)
    return next(reached, None)


def is_to_tell(latest: ReminderStep, told: Iterable[ReminderStep]) -> bool:
    """Whether the latest step reached is still to be told to someone who was told `told`: none after a later one."""
    return all(step.offset_days < latest.offset_days for step in told)


def next_step(state: DeclarationState, due_on: date, day: date) -> tuple[ReminderStep, date] | None:
    """What a month, if it stays in that state, has next to tell after `day`, and when."""
    later = [reached_on(step, due_on) for step in ReminderStep if concerns(step, state)]
    coming = min((reached for reached in later if reached > day), default=None)
    step = None if coming is None else latest_reached(state, due_on, coming)
    return None if coming is None or step is None else (step, coming)


def due_window(day: date) -> tuple[date, date]:
    """The first and last due dates of the months that may have something to tell on `day`."""
    earliest = min(step.offset_days for step in ReminderStep)
    return day - ASKS_UNTIL, day - timedelta(days=earliest)


_LATEST_FIRST = tuple(reversed(ReminderStep.in_order()))
