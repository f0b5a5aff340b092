"""Engines, and the two ways to talk to the database: `unit_of_work()` writes, `reading()` cannot."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, create_engine, event, make_url
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker

_READ_ONLY: dict[str, dict[str, Any]] = {
    "sqlite": {"sqlite_readonly": True},
    "postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"},
}


_SWITCH_ATTEMPTS, _SWITCH_PAUSE_SECONDS = 600, 0.05

_POSTGRESQL_OPTIONS = {"options": "-c jit=off -c random_page_cost=1.1 -c work_mem=16MB"}
"""Compiling a query pays when it runs for seconds: ours last milliseconds, and would wait for the compiler. Disks no
longer turn: a page read out of order costs hardly more, so that indexes serve where they help. A search that
many lots answer counts their facets in memory: in four megabytes they went to the disk and back, for a quarter of
it."""


def make_engine(url: str, *, pool_size: int = 20, foreign_keys: bool = True) -> Engine:
    """An engine for SQLite or PostgreSQL, with what each needs so that no update is ever lost.

    `foreign_keys=False` is for migrations that rebuild a parent table on SQLite.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=_POSTGRESQL_OPTIONS,
            hide_parameters=True,
        )
    engine = create_engine(parsed, pool_size=pool_size, max_overflow=0, hide_parameters=True)
    _make_sqlite_safe(engine, foreign_keys=foreign_keys)
    return engine


def _make_sqlite_safe(engine: Engine, *, foreign_keys: bool) -> None:
    # The driver sends no BEGIN before a SELECT, so that read-then-write transactions silently lose updates.
    # Taking transactions over from it, and the write lock at their start, is what makes them serial.
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=30000")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("sqlite_readonly", False)
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        driver.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. While another process makes the switch, SQLite says « locked » at once, whatever the timeout."""
    for _ in range(_SWITCH_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(_SWITCH_PAUSE_SECONDS)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


class _Sessions:
    writing: sessionmaker[Session] | None = None
    reading: sessionmaker[Session] | None = None


_sessions = _Sessions()
_unit_is_open: ContextVar[bool] = ContextVar("unit_is_open", default=False)


def bind(engine: Engine) -> None:
    """Make `unit_of_work()` and `reading()` of this process talk to `engine`."""
    read_only = engine.execution_options(**_READ_ONLY[engine.dialect.name])
    _sessions.writing = sessionmaker(engine, expire_on_commit=False)
    _sessions.reading = sessionmaker(read_only, expire_on_commit=False, autoflush=False)


def bind_to_connection(connection: Connection) -> None:
    """Make every session a savepoint of one open transaction, which its owner rolls back: for tests.

    The transaction may write, so it is the reading sessions themselves that refuse to.
    """
    _sessions.writing = sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    _sessions.reading = sessionmaker(
        connection, expire_on_commit=False, autoflush=False, join_transaction_mode="create_savepoint"
    )
    event.listen(_sessions.reading, "before_flush", _refuse_flush)
    event.listen(_sessions.reading, "do_orm_execute", _refuse_writing_statement)


def unbind() -> None:
    """Forget the database: the next `unit_of_work()` or `reading()` says that none is bound."""
    _sessions.writing = _sessions.reading = None


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction for one act: committed whole at the end, or rolled back whole.

    Raises RuntimeError inside another unit of work: the inner one would wait for the outer one for ever on SQLite,
    and would not be rolled back with it on PostgreSQL.
    """
    if _unit_is_open.get():
        raise RuntimeError("a unit of work is already open here: pass its session on")
    opened = _unit_is_open.set(True)
    try:
        with _opened(_sessions.writing) as session, session.begin():
            yield session
    finally:
        _unit_is_open.reset(opened)


@contextmanager
def reading() -> Iterator[Session]:
    """One read-only transaction, which sees one state of the database throughout.

    It never waits for a writer, and the database refuses any write in it.
    """
    with _opened(_sessions.reading) as session, session.begin():
        yield session


def _opened(sessions: sessionmaker[Session] | None) -> Session:
    if sessions is None:
        raise RuntimeError("no database is bound: call storage.bind(engine) first")
    return sessions()


def _refuse_flush(session: Session, _context: object, _instances: object) -> None:
    if session.new or session.deleted or any(session.is_modified(dirty) for dirty in session.dirty):
        raise InvalidRequestError("this transaction only reads")


def _refuse_writing_statement(execution: ORMExecuteState) -> None:
    statement = execution.statement
    asks = not isinstance(statement, TextClause) or statement.text.lstrip().upper().startswith(("SELECT", "WITH"))
    if not asks or execution.is_insert or execution.is_update or execution.is_delete:
        raise InvalidRequestError("this transaction only reads")
