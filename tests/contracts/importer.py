"""An import that is killed again and again before it may end, for tests: DATABASE_URL, FILE, SEED, LIVES.

Each life is a process of its own, forked from this one. Some are killed at any moment, others just before or just
after a commit, or once something is kept of what was read. Told as JSON: the report of the last life, what each one
said, and how many were killed.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import storage
from portal.contracts.decp import importing, steps
from portal.intake import ImportRun, json_files
from tests.contracts.decp_files import NOW

_FIRST_DEATHS = 2, 45
"""While it reads, then while it stores."""
_LIFE = 0.02, 0.5
"""Seconds."""


def main(url: str, path: Path, seed: int, lives: int) -> None:
    json_files.CHUNK, importing.KEPT_EVERY, steps.BATCH = 2_048, 10, 7
    drawn, killed = random.Random(seed), 0
    told = path.with_suffix(".told")
    for life in range(lives):
        dies_at = _FIRST_DEATHS[life] if life < len(_FIRST_DEATHS) else life % 2 * drawn.randrange(1, 50)
        if not _lived(partial(_import, url, path, told, dies_at), None if dies_at else drawn.uniform(*_LIFE)):
            break
        killed += 1
    else:
        assert not _lived(partial(_import, url, path, told, 0), None)
    said = told.read_text("utf-8").splitlines()
    sys.stdout.write(json.dumps({"report": json.loads(said.pop()), "said": said, "killed": killed}))


def _lived(act: Callable[[], None], seconds: float | None) -> bool:
    """Whether the child was killed, by itself or after so long; else it ended well."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _import(url: str, path: Path, told: Path, dies_at: int) -> None:
    engine = storage.make_engine(url)
    storage.bind(engine)
    count = 0

    def step(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "commit", step)
    event.listen(Session, "after_commit", step)
    with told.open("a", encoding="utf-8") as file:
        rejects = path.with_name(f"{path.stem}-refus{path.suffix}")
        say = lambda sentence: print(sentence, file=file, flush=True)  # noqa: E731 — the file is open here alone
        report = importing.import_decp(ImportRun(path, NOW, rejects, progress=step, say=say))
        print(json.dumps(report.kept()), file=file, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
