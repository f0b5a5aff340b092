"""Promise an e-mail."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.outbox.models import Message
from portal.outbox.rules import ensure_address
from portal.storage.once import insert_once
from portal.vocabulary import MessageState


def promise(
    session: Session, kind: str, *, recipient: str, ids: Mapping[str, int | str], dedupe_key: str, now: datetime
) -> bool:
    """Promise, within the caller's transaction, that one message will be composed and sent.

    False when the same `dedupe_key` was promised before: nothing is promised twice, even by two transactions at once.
    The key comes from the planned step, never from the clock.
    Raises ValueError when `recipient` is not one plain address.
    """
    return insert_once(
        session,
        Message,
        kind=kind,
        recipient=ensure_address(recipient),
        ids=dict(ids),
        dedupe_key=dedupe_key,
        state=MessageState.PROMISED,
        created_at=now,
        next_at=now,
        attempts=0,
    )
