"""Find what is to be told this morning, and promise it: one message a person and day, with its lines of the ledger."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.business_days import is_business_day
from portal.kernel.french import format_date
from portal.reminders import queries, rules
from portal.reminders.models import Reminder
from portal.storage.once import insert_each_once
from portal.vocabulary import Event, MessageKind, ReminderAudience, ReminderStep, ReminderSubject


@dataclass(frozen=True, slots=True)
class Due:
    """A step to tell someone of a month."""

    declaration_id: int
    step: ReminderStep
    audience: ReminderAudience
    reached_on: date


Notices = dict[int, list[Due]]
"""What each person, by account, is to be told."""


@dataclass(frozen=True, slots=True)
class Promised:
    """How many messages were promised, and how many lines of the ledger they carry."""

    messages: int
    reminders: int


MONTHS_AT_ONCE, PEOPLE_AT_ONCE = 500, 200

Item = TypeVar("Item")


def batched(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def message_key(account_id: int, day: date) -> str:
    """The dedupe key of someone's one message of a Paris day."""
    return f"reminder:{account_id}:{day.isoformat()}"


def due_notices(session: Session, *, now: datetime) -> Notices:
    """What is to be told on the Paris day of `now`: nothing unless it is a business day, nothing to whoever already
    has their message of the day. A fixed number of statements for each few hundred months, or people."""
    day = clock.paris_date(now)
    notices: Notices = {}
    if not is_business_day(day):
        return notices
    for months in batched(queries.awaited(session, day), MONTHS_AT_ONCE):
        for account_id, due in _due_of(session, months, now=now).items():
            notices.setdefault(account_id, []).extend(due)
    for people in batched(sorted(notices), PEOPLE_AT_ONCE):
        keys = {message_key(account_id, day): account_id for account_id in people}
        for key in queries.keys_promised(session, keys):
            del notices[keys[key]]
    return notices


def _due_of(session: Session, months: Sequence[queries.Waiting], *, now: datetime) -> Notices:
    """What is to be told of these months, in three statements."""
    day, ids = clock.paris_date(now), [month.id for month in months]
    latest = {id_: rules.latest_reached(month, day) for id_, month in queries.as_awaited(session, months).items()}
    told = queries.steps_told(session, ids)
    notices: defaultdict[int, list[Due]] = defaultdict(list)
    for each in queries.people_concerned(session, ids, day=day, now=now):
        reached = latest[each.declaration_id]
        if reached is None or reached[0].offset_days < each.audience.first_step.offset_days:
            continue
        if rules.is_to_tell(reached[0], told.get((each.declaration_id, each.account_id), ())):
            notices[each.account_id].append(Due(each.declaration_id, reached[0], each.audience, reached[1]))
    return notices


def promise_reminders(
    session: Session, notices: Mapping[int, Sequence[Due]], *, actor: Actor, now: datetime
) -> Promised:
    """Promise each person their message of the day and write its lines in the ledger.

    Whoever was promised today's message before is left for another day: what is told is what the ledger says, since
    both are written or neither. A fixed number of statements.
    """
    day = clock.paris_date(now)
    promises = [
        outbox.Promise(email, {"account": account_id, "day": day.isoformat()}, message_key(account_id, day))
        for account_id, (_, email) in queries.recipients(session, notices.keys()).items()
    ]
    promised = outbox.promise_each(session, MessageKind.REMINDERS, promises, now=now)
    lines = [
        _line(due, account_id, key, now)
        for account_id in sorted(notices)
        if (key := message_key(account_id, day)) in promised
        for due in sorted(notices[account_id], key=lambda due: due.declaration_id)
    ]
    written = len(insert_each_once(session, Reminder, lines, told_by=Reminder.id))
    if written:
        subject = ("reminders", day.toordinal(), f"Rappels du {format_date(day)}")
        after = {"messages": len(promised), "reminders": written}
        journal.record(session, Event.REMINDERS_PROMISED, subject, actor=actor, at=now, after=after)
    return Promised(len(promised), written)


def _line(due: Due, account_id: int, key: str, now: datetime) -> dict[str, object]:
    return {
        "subject": ReminderSubject.DECLARATION,
        "subject_id": due.declaration_id,
        "step": due.step,
        "account_id": account_id,
        "audience": due.audience,
        "reached_on": due.reached_on,
        "promised_at": now,
        "message_key": key,
    }
