"""How far the portal has read: nothing lost when transactions commit out of order, nothing read for ever."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.alerts import rules
from portal.alerts.models import AlertMark, Follow
from portal.forecast.models import Revision
from portal.storage.once import insert_once


def mark(session: Session, now: datetime) -> AlertMark:
    """The mark; made at the first run, before what the first follower may have to be told."""
    found = session.get(AlertMark, 1)
    if found is None:
        first_follow = select(func.coalesce(func.min(Follow.since), now)).scalar_subquery()
        before = session.scalar(select(func.max(Revision.id)).where(Revision.at < first_follow)) or 0
        insert_once(session, AlertMark, id=1, last_revision=before, top_revision=before, counter=-1, moved_at=now)
        found = session.get_one(AlertMark, 1)
    return found


def move(session: Session, *, counter: int, now: datetime) -> None:
    """Once everything beyond the mark was noted: remember for which counter, and leave behind what is long settled.

    What is beyond `last_revision` is read again each time. It moves to what the top was hours ago: whatever was given
    a lower number has been committed since.
    """
    held = session.get_one(AlertMark, 1, with_for_update=True)
    held.counter = max(held.counter, counter)
    if now - held.moved_at >= rules.READ_AGAIN:
        held.last_revision = held.top_revision
        held.top_revision = session.scalar(select(func.max(Revision.id))) or 0
        held.moved_at = now
