"""What says that a database holds the demonstration's data, and since when: a line of its journal."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import journal
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.storage import reading

STORY = 5
"""Which story the data tell: one more each time they gain what a demonstration already made would lack."""

_MARK = ("demo", 1, "Démonstration")


def origin() -> datetime | None:
    """The real instant at which the data were made; None when they are not there."""
    told = _told()
    return datetime.fromisoformat(told["made_at"]) if told else None


def is_outdated() -> bool:
    """Whether the data are there, and tell an older story."""
    told = _told()
    return told is not None and told.get("story", 1) < STORY


def leave(session: Session, *, at: datetime) -> datetime:
    """Write the mark, at the demonstration's instant `at`; the real instant it tells."""
    made_at = clock.real_utc_now()
    told = {"made_at": made_at.isoformat(), "story": STORY}
    journal.record(session, "demo.seeded", _MARK, actor=SYSTEM, at=at, after=told)
    return made_at


def _told() -> dict[str, Any] | None:
    with reading() as session:
        entries = journal.entries_of(session, *_MARK[:2])
    return entries[0].after or {} if entries else None
