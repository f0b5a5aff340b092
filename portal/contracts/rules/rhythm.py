"""How many of the hours promised are due month after month: evenly, as promises change on the way."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from portal.kernel.month import Month, months_between

_NONE = Decimal(0)


@dataclass(frozen=True)
class Pledge:
    """What is promised in all from a month on, and the working months as they were then known, in order."""

    since: Month
    hours: Decimal
    working: Sequence[Month]


@dataclass(frozen=True)
class Changed:
    """What held before an amendment; None: what it did not change."""

    since: Month
    hours: Decimal
    last_month: Month | None = None
    suspended: Collection[Month] | None = None


def due_to_date(pledges: Iterable[Pledge], months: Sequence[Month]) -> list[Decimal]:
    """The hours due at the end of each month, which never decrease.

    When a promise changes, what was due already stays; the rest is spread over the working months that remain. Lowered
    below what was due, it makes nothing more due, in past months neither. Suspended months add nothing.
    """
    steps, due = list(pledges), list[Decimal]()
    for pledge, after in zip(steps, [*steps[1:], None], strict=True):
        if due and due[-1] > pledge.hours:
            due = [min(hours, pledge.hours) for hours in due]
        before = due[-1] if due else _NONE
        left = [month for month in pledge.working if month >= pledge.since]
        until = bisect_right(months, after.since + -1) if after else len(months)
        due += [
            before + share_of(pledge.hours - before, bisect_right(left, month), len(left))
            for month in months[len(due) : until]
        ]
    return due


def pledges_of(
    months: Sequence[Month], suspended: Collection[Month], promised: Decimal, changes: Sequence[Changed]
) -> list[Pledge]:
    """What was promised from when to when: from what holds now, amendments undone one by one, the latest first."""
    first, last = months[0], months[-1]
    steps = []
    for change in reversed(changes):
        steps.append(Pledge(max(first, change.since), promised, _working(first, last, suspended)))
        promised = change.hours
        last = last if change.last_month is None else change.last_month
        suspended = suspended if change.suspended is None else change.suspended
    steps.append(Pledge(first, promised, _working(first, last, suspended)))
    return steps[::-1]


def share_of(promised: Decimal, elapsed: int, months: int) -> Decimal:
    """An even share, to the hundredth; nothing when there is no month."""
    return (promised * elapsed / months).quantize(Decimal("0.01"), ROUND_HALF_UP) if months else _NONE


def _working(first: Month, last: Month, suspended: Collection[Month]) -> list[Month]:
    off = set(suspended)
    return [month for month in months_between(first, last) if month not in off]
