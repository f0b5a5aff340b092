"""The row of a file: held while its content is written, let go once nothing names it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.kernel.errors import RuleViolation
from portal.pieces import files
from portal.pieces.files import Staged
from portal.pieces.keepers import Keeper, is_named
from portal.pieces.models import StoredFile
from portal.storage.once import insert_once

_BATCH = 500


def store(session: Session, staged: Staged, media_type: str, *, now: datetime) -> int:
    """The row of this content, held so that nothing sweeps it, and its file on the disk."""
    for _ in range(3):
        insert_once(session, StoredFile, sha256=staged.sha256, media_type=media_type, size=staged.size, created_at=now)
        held = session.scalar(select(StoredFile.id).where(StoredFile.sha256 == staged.sha256).with_for_update())
        if held is not None:
            staged.keep()
            return held
    raise RuleViolation("Ce fichier n’a pas pu être gardé : envoyez-le de nouveau.", "file")


def forget(session: Session, keepers: Iterable[Keeper], *, now: datetime) -> dict[str, int]:
    """Let go of what each keeper has outlived; how many, by label. What is on the disk is swept afterwards."""
    forgotten = {keeper.label: keeper.forget(session, now) for keeper in keepers}
    unnamed_ = session.scalars(select(StoredFile.id).where(~is_named()).order_by(StoredFile.id).with_for_update()).all()
    session.execute(delete(StoredFile).where(StoredFile.id.in_(unnamed_), ~is_named()))
    return forgotten


def unnamed(session: Session, on_disk: Sequence[str]) -> list[str]:
    """Those of the hashes that no row names."""
    named: set[str] = set()
    for start in range(0, len(on_disk), _BATCH):
        batch = on_disk[start : start + _BATCH]
        named.update(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(batch))))
    return [sha256 for sha256 in on_disk if sha256 not in named]


def sweep(session: Session, sha256: str, *, now: datetime) -> bool:
    """Erase from the disk a file that no row names; whether it did.

    Holding the key of its row keeps an upload of the same content waiting: it writes the file again afterwards.
    """
    if not insert_once(session, StoredFile, sha256=sha256, media_type="", size=1, created_at=now):
        return False
    files.path_of(sha256).unlink(missing_ok=True)
    session.execute(delete(StoredFile).where(StoredFile.sha256 == sha256))
    return True
