"""Which scheduler leads: one at most, and another as soon as its process is gone."""

import fcntl
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import structlog
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from portal.storage import make_engine

_ADVISORY_KEY = int.from_bytes(b"amont")

log = structlog.get_logger()


class _Lock(Protocol):
    def held(self) -> bool: ...

    def release(self) -> None: ...


class Leadership:
    """This process's claim to lead the schedulers of a database."""

    def __init__(self, database_url: str) -> None:
        on_postgresql = make_url(database_url).get_backend_name() == "postgresql"
        self._lock: _Lock = _AdvisoryLock(database_url) if on_postgresql else _FileLock(database_url)
        self._one_at_a_time = threading.Lock()

    def held(self) -> bool:
        """Whether this process leads now; it takes the lead if nobody has it."""
        with self._one_at_a_time:
            return self._lock.held()

    def release(self) -> None:
        with self._one_at_a_time:
            self._lock.release()


class _AdvisoryLock:
    """A PostgreSQL session lock: gone with its connection, and the connection with the process."""

    def __init__(self, database_url: str) -> None:
        self._engine = make_engine(database_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    def held(self) -> bool:
        try:
            return self._still_held() or self._taken()
        except DBAPIError:
            log.warning("database away, leadership lost")
            self._drop_connection()
            return False

    def release(self) -> None:
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_KEY})
        self._drop_connection()
        self._engine.dispose()

    def _drop_connection(self) -> None:
        """Close the connection for good: back in the pool, it would keep the lock."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _still_held(self) -> bool:
        if self._connection is None:
            return False
        self._connection.execute(text("SELECT 1"))
        return True

    def _taken(self) -> bool:
        connection = self._engine.connect()
        try:
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}):
                self._connection = connection
        finally:
            if self._connection is None:
                connection.close()
        return self._connection is not None


class _FileLock:
    """A lock on a file beside the SQLite base: the kernel drops it with the process."""

    def __init__(self, database_url: str) -> None:
        self._path = Path(f"{make_url(database_url).database}.scheduler")
        self._file: IO[str] | None = None

    def held(self) -> bool:
        return self._file is not None or self._taken()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _taken(self) -> bool:
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True
