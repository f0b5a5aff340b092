"""What the scheduler calls each night for the files that nothing names any more."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.jobs import Counts
from portal.pieces import files, services
from portal.pieces.keepers import Keeper
from portal.storage import reading, unit_of_work


def sweep_files(keepers: Iterable[Keeper], now: datetime, dry_run: bool) -> dict[str, int]:
    """Let go of the files that each keeper has outlived, then erase from the disk what no row names any more."""
    interrupted = list(files.unfinished())
    if dry_run:
        with reading() as session:
            outlived = {keeper.label: keeper.count(session, now) for keeper in keepers}
            return _counts(outlived, len(interrupted), len(_unnamed(session)))
    with unit_of_work() as session:
        forgotten = services.forget(session, keepers, now=now)
    for path in interrupted:
        path.unlink(missing_ok=True)
    with reading() as session:
        unnamed = _unnamed(session)
    return _counts(forgotten, len(interrupted), sum(_swept(sha256, now) for sha256 in unnamed))


def sweeping(keepers: Iterable[Keeper]) -> Callable[[datetime, bool], Counts]:
    """The job, for these keepers."""

    def sweep(now: datetime, dry_run: bool) -> Counts:
        return sweep_files(keepers, now, dry_run)

    return sweep


def _counts(forgotten: dict[str, int], interrupted: int, erased: int) -> dict[str, int]:
    return {**forgotten, "envois interrompus": interrupted, "fichiers effacés": erased}


def _unnamed(session: Session) -> list[str]:
    return services.unnamed(session, [sha256 for sha256, _ in files.settled()])


def _swept(sha256: str, now: datetime) -> bool:
    with unit_of_work() as session:
        return services.sweep(session, sha256, now=now)
