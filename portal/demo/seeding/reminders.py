"""Reminders told before the demonstration begins: their messages sent, their lines in the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import select

from portal.demo.seeding.bulk import Row, load
from portal.demo.seeding.stage import Line, Stage, line_of
from portal.demo.world.months import Filing
from portal.demo.world.purchases import ANCHOR
from portal.demo.world.reminding import AT, Told, all_told
from portal.kernel.french import format_date
from portal.outbox.models import Message
from portal.reminders.models import Reminder
from portal.reminders.services import message_key
from portal.vocabulary import Event, MessageKind, MessageState, ReminderSubject

_ACCEPTED = "250 OK"
_DELIVERED_AFTER = timedelta(seconds=10)
_STILL_TO_LEAVE = timedelta(days=30)
"""What was promised in the last weeks leaves when the demonstration starts, for its mailbox to show something."""


class Story:
    """What was told, day after day."""

    def __init__(self, filings: Sequence[Filing]) -> None:
        self._told = all_told(filings)

    def lines(self) -> Iterator[Line]:
        for day, told in groupby(self._told, key=lambda each: each.day):
            yield Line(datetime.combine(day, AT), partial(_promised, told=list(told)))

    def finish(self, stage: Stage) -> None:
        _settle(stage)
        messages = {(each.person, each.day): _message(stage, each) for each in self._told}
        load(stage.session, Message, list(messages.values()))
        load(stage.session, Reminder, [_reminder(stage, each) for each in self._told])


def _promised(_stage: Stage, *, told: list[Told]) -> dict[str, Any]:
    day = told[0].day
    after = {"messages": len({each.person for each in told}), "reminders": len(told)}
    subject = ("reminders", day.toordinal(), f"Rappels du {format_date(day)}")
    return line_of(Event.REMINDERS_PROMISED, subject, None, datetime.combine(day, AT), after)


def _message(stage: Stage, told: Told) -> Row:
    account, at = stage.accounts[told.person], datetime.combine(told.day, AT)
    return {
        "kind": MessageKind.REMINDERS,
        "recipient": account.email,
        "ids": {"account": account.id, "day": told.day.isoformat()},
        "dedupe_key": message_key(account.id, told.day),
        "created_at": at,
        "next_at": at,
    } | _sent(at, f"rappel-{told.day.isoformat()}-{account.id}")


def _sent(at: datetime, name: str) -> Row:
    return {
        "state": MessageState.SENT,
        "attempts": 1,
        "message_id": f"<{name}@deux-rives.example>",
        "settled_at": at + _DELIVERED_AFTER,
        "result": _ACCEPTED,
    }


def _settle(stage: Stage) -> None:
    """What the services promised long ago has left since."""
    stage.session.flush()
    old = select(Message).where(Message.created_at < ANCHOR - _STILL_TO_LEAVE, Message.settled_at.is_(None))
    for message in stage.session.scalars(old):
        for name, value in _sent(message.created_at, f"promesse-{message.id}").items():
            setattr(message, name, value)


def _reminder(stage: Stage, told: Told) -> Row:
    account = stage.accounts[told.person]
    return {
        "subject": ReminderSubject.DECLARATION,
        "subject_id": told.index + 1,
        "step": told.step,
        "account_id": account.id,
        "audience": told.audience,
        "reached_on": told.reached_on,
        "promised_at": datetime.combine(told.day, AT),
        "message_key": message_key(account.id, told.day),
    }
