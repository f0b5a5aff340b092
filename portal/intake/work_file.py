"""What a long import has read so far, on disk: it goes on from there when it is killed, and memory never follows it."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from portal.intake.texts import UnusableFile, opened

_LAYOUT = 1
"""Of this file and of what is kept in it: one left by another version of the portal is not taken up."""
_ENDS = 65_536
_SCHEMA = """
CREATE TABLE state (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE member (key TEXT NOT NULL, number INTEGER NOT NULL, content TEXT NOT NULL);
CREATE TABLE refused (number INTEGER PRIMARY KEY, content TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE remark (key TEXT, number INTEGER NOT NULL, rank INTEGER, words TEXT NOT NULL, PRIMARY KEY (key, rank));
"""
_PARTS = ("", "-wal", "-shm", "-journal")


def likeness(path: Path) -> dict[str, Any]:
    """What tells a file from another, or from itself once changed, without reading it whole. Raises UnusableFile."""
    with opened(path) as file:
        told = os.fstat(file.fileno())
        ends = hashlib.sha256(file.read(_ENDS))
        file.seek(max(told.st_size - _ENDS, 0))
        ends.update(file.read(_ENDS))
    return {"layout": _LAYOUT, "size": told.st_size, "modified": told.st_mtime_ns, "ends": ends.hexdigest()}


class WorkFile:
    """Members under their keys, what was refused or remarked, and where the reading stood: all or nothing since the
    last `keep`. Nobody else may read it, one import at a time may hold it, and `remove` ends it.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self._path = path
        self._disk = self._taken_up(identity) or self._made(identity)
        self.run = str(self.told("run"))
        """The same after a resumption."""

    @property
    def path(self) -> Path:
        return self._path

    def told(self, name: str) -> Any:
        """What was kept under this name, None when nothing was."""
        row = self._disk.execute("SELECT content FROM state WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def keep(self, **told: Any) -> None:
        """Make all that was added last, with these facts: none of it goes without the rest."""
        with self._disk:
            self._tell(self._disk, told)

    def add(self, key: str, number: int, member: Any) -> None:
        """A member, which JSON must be able to hold."""
        self._disk.execute("INSERT INTO member VALUES (?, ?, ?)", (_bare(key), number, _dumped(member)))

    def refuse(self, number: int, member: Any, reason: str) -> None:
        """Once, however often it is said."""
        self._disk.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", (number, _dumped(member), reason))

    def remark(self, key: str, number: int, remarks: Iterable[str]) -> None:
        """All that there is to say of this key: said again, it replaces what was said."""
        key = _bare(key)
        self._disk.execute("DELETE FROM remark WHERE key = ?", (key,))
        self._disk.executemany(
            "INSERT INTO remark VALUES (?, ?, ?, ?)", [(key, number, rank, words) for rank, words in enumerate(remarks)]
        )

    def count(self) -> int:
        """How many keys there are."""
        self._index()
        return int(self._disk.execute("SELECT count(DISTINCT key) FROM member").fetchone()[0])

    def groups(self, after: str = "") -> Iterator[tuple[str, list[tuple[int, Any]]]]:
        """The keys in order, each with all its members, numbered, in the order of their numbers."""
        self._index()
        rows = self._disk.execute(
            "SELECT key, number, content FROM member WHERE key > ? ORDER BY key, number", (_bare(after),)
        )
        for key, members in groupby(rows, key=itemgetter(0)):
            yield key, [(number, json.loads(content)) for _key, number, content in members]

    def refused(self) -> Iterator[tuple[Any, str]]:
        """In the order of the file."""
        for content, reason in self._disk.execute("SELECT content, reason FROM refused ORDER BY number"):
            yield json.loads(content), reason

    def remarks(self) -> Iterator[tuple[int, str, str]]:
        """Number, key, words, in the order of the file."""
        yield from self._disk.execute("SELECT number, key, words FROM remark ORDER BY number, key, rank")

    def remove(self) -> None:
        self._disk.close()
        for part in _PARTS:
            self._path.with_name(f"{self._path.name}{part}").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._disk.close()

    def _index(self) -> None:
        self._disk.execute("CREATE INDEX IF NOT EXISTS by_key ON member (key, number)")

    def _taken_up(self, identity: dict[str, Any]) -> sqlite3.Connection | None:
        """What an import of the same file left, if it did; what another left is removed."""
        if not self._path.exists():
            return None
        disk = sqlite3.connect(self._path, timeout=0)
        try:
            _hold(disk)
            if json.loads(disk.execute("SELECT content FROM state WHERE name = 'identity'").fetchone()[0]) == identity:
                return disk
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            if "locked" in str(error):
                disk.close()
                raise UnusableFile(
                    f"« {self._path.name} » sert à un autre import en cours : attendez qu’il finisse."
                ) from error
        self._disk = disk
        self.remove()
        return None

    def _made(self, identity: dict[str, Any]) -> sqlite3.Connection:
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise UnusableFile(f"Rien ne peut être écrit dans « {self._path.parent} » : indiquez --rejects.") from error
        disk = sqlite3.connect(self._path, timeout=0)
        _hold(disk)
        disk.executescript(f"BEGIN; {_SCHEMA}")
        self._tell(disk, {"identity": identity, "run": uuid4().hex})
        disk.commit()
        return disk

    @staticmethod
    def _tell(disk: sqlite3.Connection, told: dict[str, Any]) -> None:
        rows = [(name, _dumped(content)) for name, content in told.items()]
        disk.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)


def _hold(disk: sqlite3.Connection) -> None:
    """The system gives up the lock of a process that is killed."""
    for statement in ("locking_mode = EXCLUSIVE", "cache_size = -8192", "temp_store = FILE"):
        disk.execute(f"PRAGMA {statement}")
    disk.execute("BEGIN EXCLUSIVE")
    disk.commit()


def _dumped(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"))


def _bare(key: str) -> str:
    """Without the halves of characters that JSON may write and no database keeps."""
    return key.encode("utf-8", "ignore").decode()
