"""What says that a database holds the demonstration's data, and since when: a line of its journal."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.storage import reading

_MARK = ("demo", 1, "Démonstration")


def origin() -> datetime | None:
    """The real instant at which the data were made; None when they are not there."""
    with reading() as session:
        entries = journal.entries_of(session, *_MARK[:2])
    return datetime.fromisoformat((entries[0].after or {})["made_at"]) if entries else None


def leave(session: Session, *, at: datetime) -> datetime:
    """Write the mark, at the demonstration's instant `at`; the real instant it tells."""
    made_at = clock.real_utc_now()
    journal.record(session, "demo.seeded", _MARK, actor=SYSTEM, at=at, after={"made_at": made_at.isoformat()})
    return made_at
