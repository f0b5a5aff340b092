"""What is waiting, what failed, what was done last."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.jobs.models import JobRun
from portal.journal.models import JournalEntry
from portal.outbox.models import Message
from portal.vocabulary import MessageState

TROUBLED_SHOWN = 50
ENTRIES_A_PAGE = 50


def message_counts(session: Session) -> dict[MessageState, int]:
    """How many messages are in each state."""
    counted = session.execute(select(Message.state, func.count()).group_by(Message.state))
    return {state: count for state, count in counted}  # noqa: C416 — a Row is not a tuple to the type checker


def troubled_messages(session: Session) -> Sequence[Message]:
    """Messages that were given up, or whose last attempt failed, latest first."""
    troubled = (Message.state == MessageState.GIVEN_UP) | (
        (Message.state == MessageState.PROMISED) & (Message.attempts > 0)
    )
    return session.scalars(select(Message).where(troubled).order_by(Message.id.desc()).limit(TROUBLED_SHOWN)).all()


def latest_runs(session: Session) -> Sequence[JobRun]:
    """The last run of each job."""
    last = select(func.max(JobRun.id)).group_by(JobRun.job)
    return session.scalars(select(JobRun).where(JobRun.id.in_(last)).order_by(JobRun.job)).all()


def journal_entries(session: Session, *, before: int | None = None) -> Sequence[JournalEntry]:
    """One page of the journal, latest first; `before` is the id where the previous page ended."""
    entries = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(ENTRIES_A_PAGE)
    return session.scalars(entries if before is None else entries.where(JournalEntry.id < before)).all()
