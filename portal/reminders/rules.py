"""Which step a month has reached, and whether it is still to be told (domain.md § 0 bis).

Steps are calendar days from the due date, moved to the next business day. What is told is the latest one reached and
not yet told: a step that was missed is superseded by the next, never told late, and none is told twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.kernel.business_days import business_day_from
from portal.vocabulary import DeclarationState, ReminderStep

ASKS_UNTIL = timedelta(days=90)
"""Past its due date: a month awaited for longer is no longer chased by mail, whoever newly joins or however long the
scheduler was away. Far beyond the last step, it bounds what each morning looks at."""

_BEGUN = frozenset({DeclarationState.DRAFT, DeclarationState.RETURNED})
"""A draft exists: begun, or sent back and being corrected. All it lacks is to be handed in."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A month as its steps see it.

    Sent back, it is awaited anew: its steps count from that day if that is later than its due date, and those reached
    by then count no more. Nobody is told that a month which they filed in time is two weeks late.
    """

    state: DeclarationState
    due_on: date
    sent_back_on: date | None = None

    @property
    def since(self) -> date:
        """The day that steps are counted from."""
        return max(self.due_on, self.sent_back_on or self.due_on)

    def reaches(self, step: ReminderStep) -> date | None:
        """The business day on which it reaches a step; None for a step that is not for it."""
        day = business_day_from(self.since + timedelta(days=step.offset_days))
        is_over = self.sent_back_on is not None and day <= self.sent_back_on
        return None if is_over or not _concerns(step, self.state) else day


def _concerns(step: ReminderStep, state: DeclarationState) -> bool:
    """« J−2 si seul un brouillon existe »; nothing of a month that is filed, or without object."""
    if state not in DeclarationState.awaited():
        return False
    return step is not ReminderStep.TWO_DAYS_BEFORE or state in _BEGUN


def latest_reached(month: Awaited, day: date) -> tuple[ReminderStep, date] | None:
    """The last step that a month has reached by `day`, and when it did."""
    for step in reversed(ReminderStep.in_order()):
        reached_on = month.reaches(step)
        if reached_on is not None and reached_on <= day:
            return step, reached_on
    return None


def is_to_tell(latest: ReminderStep, told: Iterable[ReminderStep]) -> bool:
    """Whether the latest step reached is still to be told to someone who was told `told`: none after a later one."""
    return all(step.offset_days < latest.offset_days for step in told)


def next_step(month: Awaited, day: date) -> tuple[ReminderStep, date] | None:
    """What a month, if nothing changes, has next to tell after `day`, and when."""
    days = (month.reaches(step) for step in ReminderStep)
    coming = min((reached_on for reached_on in days if reached_on is not None and reached_on > day), default=None)
    return None if coming is None else latest_reached(month, coming)


def due_window(day: date) -> tuple[date, date]:
    """The first and last due dates of the months that may have something to tell on `day`."""
    earliest = min(step.offset_days for step in ReminderStep)
    return day - ASKS_UNTIL, day - timedelta(days=earliest)
