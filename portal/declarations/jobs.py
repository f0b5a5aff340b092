"""What the scheduler calls for the months to declare, and for the files that prove them."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.declarations import files, services
from portal.declarations.services import evidence
from portal.storage import reading, unit_of_work


def open_months(now: datetime, dry_run: bool) -> dict[str, int]:
    """Open each month that is due, and catch up with those that were missed."""
    if dry_run:
        with reading() as session:
            return {"mois à ouvrir": services.count_due(session, now=now)}
    with unit_of_work() as session:
        return {"mois ouverts": services.open_months(session, now=now)}


def sweep_files(now: datetime, dry_run: bool) -> dict[str, int]:
    """Let go of files removed before any deposit named them, then erase from the disk what no row names any more."""
    if dry_run:
        with reading() as session:
            counts = evidence.count_removed(session, now=now), len(list(files.unfinished())), len(_unnamed(session))
            return dict(zip(_SWEPT, counts, strict=True))
    with unit_of_work() as session:
        forgotten = evidence.forget_removed(session, now=now)
    interrupted = list(files.unfinished())
    for path in interrupted:
        path.unlink(missing_ok=True)
    with reading() as session:
        unnamed = _unnamed(session)
    erased = sum(_swept(sha256, now) for sha256 in unnamed)
    return dict(zip(_SWEPT, (forgotten, len(interrupted), erased), strict=True))


_SWEPT = ("pièces oubliées", "envois interrompus", "fichiers effacés")


def _unnamed(session: Session) -> list[str]:
    return evidence.unnamed(session, [sha256 for sha256, _ in files.settled()])


def _swept(sha256: str, now: datetime) -> bool:
    with unit_of_work() as session:
        return evidence.sweep(session, sha256, now=now)
