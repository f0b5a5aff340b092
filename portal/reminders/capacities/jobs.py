"""What the scheduler calls each morning for the capacities to read again."""

from collections import Counter
from datetime import datetime

from portal.directory.queries import names_of
from portal.jobs import Counts
from portal.kernel.actor import SYSTEM
from portal.reminders.capacities import services
from portal.storage import reading, unit_of_work

_AT_ONCE = services.PEOPLE_AT_ONCE


def ask_again(now: datetime, dry_run: bool) -> Counts:
    """Promise what is due; run twice, or by two schedulers at once, it promises no more than once."""
    with reading() as session:
        asks = services.due(session, now=now)
        if dry_run:
            names = names_of(session, {ask.person.organisation_id for ask in asks})
            lines = Counter(f"{names[ask.person.organisation_id]} <{ask.person.email}>" for ask in asks)
            return {"messages": len(asks)} | dict(lines)
    promised = 0
    for start in range(0, len(asks), _AT_ONCE):
        with unit_of_work() as session:
            promised += services.promise(session, asks[start : start + _AT_ONCE], actor=SYSTEM, now=now)
    return {"messages": promised}
