"""Limits on repeated attempts, counted in the database so that they hold across processes."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.kernel.errors import TooMany
from portal.storage import unit_of_work
from portal.storage.once import insert_once
from portal.web.models import ThrottleWindow


def count_attempt(scope: str, subject: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Count one attempt of `subject` (an address, an account) at `scope`; it stays counted whatever happens next.

    Raises TooMany beyond `limit` attempts within the current window. The subject is stored as a digest.
    """
    start = _start(window, now)
    with unit_of_work() as session:
        count = _incremented(session, _key(scope, subject), start)
    if count > limit:
        raise TooMany(retry_after=int((start + window - now).total_seconds()) + 1)


def forgive_attempt(scope: str, subject: str, *, window: timedelta, now: datetime) -> None:
    """Take back an attempt counted at `now`, because it succeeded: counting first lets no burst through."""
    counted = (ThrottleWindow.key == _key(scope, subject), ThrottleWindow.window_start == _start(window, now))
    with unit_of_work() as session:
        session.execute(update(ThrottleWindow).where(*counted).values(count=ThrottleWindow.count - 1))


def _start(window: timedelta, now: datetime) -> datetime:
    return datetime.fromtimestamp(now.timestamp() // window.total_seconds() * window.total_seconds(), UTC)


def _key(scope: str, subject: str) -> str:
    return f"{scope}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def _incremented(session: Session, key: str, start: datetime) -> int:
    insert_once(session, ThrottleWindow, key=key, window_start=start, count=0)
    counted = session.scalars(
        update(ThrottleWindow)
        .where(ThrottleWindow.key == key, ThrottleWindow.window_start == start)
        .values(count=ThrottleWindow.count + 1)
        .returning(ThrottleWindow.count)
    )
    return counted.one()
