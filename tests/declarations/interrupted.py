"""Brings a file in a process of its own, and is killed at a step: DATABASE_URL DATA_DIR REFERENCE STEP."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Config
from portal import storage
from portal.declarations import fingerprints
from portal.declarations.models import Declaration
from portal.declarations.services import evidence
from portal.declarations.services.evidence import NewEvidence
from portal.kernel.actor import SYSTEM
from portal.pieces import files
from portal.vocabulary import EvidenceKind
from tests.declarations import paper

STEPS = ("half written", "written", "renamed", "committed")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half_written() -> None:
    """Killed between two writes of the file."""
    write = files._write

    def interrupted(path: Path, content: bytes) -> None:
        write(path, content[: len(content) // 2])
        die()

    files._write = interrupted


def main(url: str, data_dir: str, reference: str, step: str) -> None:
    config = Config("test", url, "a", "dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=", "c", data_dir=Path(data_dir))
    fingerprints.use(config)
    files.use(config)
    storage.bind(storage.make_engine(url))
    if step == "half written":
        half_written()
    told = NewEvidence(kind=EvidenceKind.TIMESHEET, line_id=None, media_type="application/pdf")
    with files.staged(paper.PDF) as staged:
        if step == "written":
            die()
        with storage.unit_of_work() as session:
            if step == "renamed":
                event.listen(Session, "before_commit", lambda _session: die())
            month = session.query(Declaration).filter_by(reference=reference).one()
            evidence.add(session, month, told, staged, actor=SYSTEM, now=datetime.now(UTC))
        die()


if __name__ == "__main__":
    main(*sys.argv[1:])
