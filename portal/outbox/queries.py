"""What stands in the outbox."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.outbox.models import Message


def due_count(session: Session, now: datetime) -> int:
    """How many messages a delivery at `now` would try."""
    due = select(func.count()).select_from(Message).where(Message.settled_at.is_(None), Message.next_at <= now)
    return session.scalars(due).one()
