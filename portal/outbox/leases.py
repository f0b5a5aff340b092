"""Who holds which message, and what became of it: the transactions of a delivery, all short."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from portal.outbox.models import Message
from portal.outbox.rules import next_attempt_at
from portal.outbox.smtp import Verdict
from portal.vocabulary import MessageState


@dataclass(frozen=True)
class Outcome:
    """What one attempt came to, and in which words."""

    verdict: Verdict
    words: str
    spared: bool = False


def claim(session: Session, holder: str, *, now: datetime, until: datetime, limit: int) -> list[Message]:
    """Lease the messages due longest to `holder`; those leased to another are left alone until their lease expires."""
    unsettled_and_due = (Message.settled_at.is_(None), Message.next_at <= now)
    free = or_(Message.lease_until.is_(None), Message.lease_until <= now)
    messages = session.scalars(
        select(Message)
        .where(*unsettled_and_due, free)
        .order_by(Message.next_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for message in messages:
        message.state = MessageState.LEASED
        message.leased_by = holder
        message.lease_until = until
    return list(messages)


def settle(session: Session, holder: str, message: Message, outcome: Outcome, *, now: datetime) -> MessageState | None:
    """Record what became of a message; None when `holder` no longer holds it, and then nothing changes."""
    values = _values_after(message, outcome, now) | _UNLEASED
    held = (Message.id == message.id, Message.leased_by == holder)
    changed = session.execute(_UPDATE.where(*held).values(values))
    assert isinstance(changed, CursorResult)  # noqa: S101 — narrows the declared type
    return values["state"] if changed.rowcount == 1 else None


def release(session: Session, holder: str, messages: list[Message]) -> None:
    """Give back messages that were claimed and not tried."""
    held = (Message.id.in_([message.id for message in messages]), Message.leased_by == holder)
    session.execute(_UPDATE.where(*held).values(_UNLEASED | {"state": MessageState.PROMISED}))


_UPDATE = update(Message).execution_options(synchronize_session=False)
"""Rows alone change: bringing the objects in memory up to date would cost more than the rest of a settlement."""

_UNLEASED: dict[str, Any] = {"leased_by": None, "lease_until": None}


def _values_after(message: Message, outcome: Outcome, now: datetime) -> dict[str, Any]:
    attempts = message.attempts + 1
    tried: dict[str, Any] = {"attempts": attempts, "result": outcome.words}
    if outcome.verdict is Verdict.LATER:
        next_at = next_attempt_at(message.created_at, attempts, message.dedupe_key, now)
        if next_at is not None:
            return tried | {"state": MessageState.PROMISED, "next_at": next_at}
    return tried | {"state": _settled_state(outcome), "settled_at": now}


def _settled_state(outcome: Outcome) -> MessageState:
    if outcome.spared:
        return MessageState.SPARED
    return MessageState.SENT if outcome.verdict is Verdict.ACCEPTED else MessageState.GIVEN_UP
