"""What the scheduler calls each morning for the reminders."""

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from portal.jobs import Counts
from portal.kernel.actor import SYSTEM
from portal.reminders import queries, services
from portal.storage import reading, unit_of_work


def remind(now: datetime, dry_run: bool) -> Counts:
    """Promise what is to be told on this Paris day; on a day that is not a business day, nothing.

    Whoever has their message of the day keeps it as it is: run twice, or by two schedulers at once, it tells no more
    than once. A dry run lists what would leave, and to whom.
    """
    with reading() as session:
        notices = services.due_notices(session, now=now)
        if dry_run:
            return _counts(len(notices), sum(map(len, notices.values()))) | _listed(session, notices)
    messages = reminders = 0
    for people in services.batched(sorted(notices), services.PEOPLE_AT_ONCE):
        with unit_of_work() as session:
            each = {person: notices[person] for person in people}
            promised = services.promise_reminders(session, each, actor=SYSTEM, now=now)
        messages, reminders = messages + promised.messages, reminders + promised.reminders
    return _counts(messages, reminders)


def _counts(messages: int, reminders: int) -> Counts:
    return {"messages": messages, "mois rappelés": reminders}


def _listed(session: Session, notices: services.Notices) -> Counts:
    """Each person, then each step told to them, as lines that count months."""
    lines: Counter[str] = Counter()
    for people in services.batched(sorted(notices), services.PEOPLE_AT_ONCE):
        lines.update(_lines(session, {person: notices[person] for person in people}))
    return dict(lines)


def _lines(session: Session, notices: services.Notices) -> Counter[str]:
    known = queries.recipients(session, notices.keys())
    months = queries.months(session, {due.declaration_id for each in notices.values() for due in each})
    lines: Counter[str] = Counter()
    for person, dues in notices.items():
        name, email = known[person]
        for due in dues:
            month = months[due.declaration_id]
            whose = f"{month.organisation.shown_name}, {month.month.label}, marché {month.contract.number}"
            lines[f"{name} <{email}>, {due.audience.label.lower()}, {due.step.label}, {whose}"] += 1
    return lines
