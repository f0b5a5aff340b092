"""Read the journal, latest entry first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.journal.models import JournalEntry


def entries_of(session: Session, object_type: str, object_id: int) -> Sequence[JournalEntry]:
    """Everything that was done to one object."""
    of_object = (JournalEntry.object_type == object_type, JournalEntry.object_id == object_id)
    return session.scalars(select(JournalEntry).where(*of_object).order_by(JournalEntry.id.desc())).all()


def latest(session: Session, *, limit: int = 50, before_id: int | None = None) -> Sequence[JournalEntry]:
    """One page of the whole journal; `before_id` is the last entry of the page before."""
    entries = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(limit)
    return session.scalars(entries if before_id is None else entries.where(JournalEntry.id < before_id)).all()
