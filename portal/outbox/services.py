"""Promise e-mails."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.outbox.models import Message
from portal.outbox.rules import ensure_address
from portal.storage.once import insert_each_once, insert_once
from portal.vocabulary import MessageState


@dataclass(frozen=True)
class Promise:
    """One message of many: to whom, from which ids. The key comes from the planned step, never from the clock."""

    recipient: str
    ids: Mapping[str, int | str]
    dedupe_key: str


def promise(
    session: Session, kind: str, *, recipient: str, ids: Mapping[str, int | str], dedupe_key: str, now: datetime
) -> bool:
    """Promise, within the caller's transaction, that one message will be composed and sent.

    False when the same `dedupe_key` was promised before: nothing is promised twice, even by two transactions at once.
    The key comes from the planned step, never from the clock.
    Raises ValueError when `recipient` is not one plain address.
    """
    return insert_once(session, Message, **_values(kind, Promise(recipient, ids, dedupe_key), now))


def promise_each(session: Session, kind: str, promises: Iterable[Promise], *, now: datetime) -> set[str]:
    """Promise many messages of a kind as `promise` does one, in a fixed number of statements.

    The keys promised by this call: the others were before.
    """
    rows = [_values(kind, each, now) for each in sorted(promises, key=lambda each: each.dedupe_key)]
    return insert_each_once(session, Message, rows, told_by=Message.dedupe_key)


def _values(kind: str, promised: Promise, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "recipient": ensure_address(promised.recipient),
        "ids": dict(promised.ids),
        "dedupe_key": promised.dedupe_key,
        "state": MessageState.PROMISED,
        "created_at": now,
        "next_at": now,
        "attempts": 0,
    }
