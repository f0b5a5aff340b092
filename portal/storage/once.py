"""Insert rows that may exist once, and tell whether it was this call that did."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.storage.base import Base

Key = TypeVar("Key")


def insert_once(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique key forbids it; False means that another transaction did it before.

    On PostgreSQL the call waits for a concurrent insert of the same key to commit or roll back.
    """
    session.flush()
    insert = _into(session, model)
    return session.execute(insert.values(**values).returning(*insert.table.primary_key)).first() is not None


def insert_each_once(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], *, told_by: InstrumentedAttribute[Key]
) -> set[Key]:
    """Insert those of the rows that no unique key forbids; what `told_by` holds in them.

    All rows have the same columns. One statement for up to a thousand rows or so. Callers who may run at once give
    rows in the same order: on PostgreSQL each waits for the other's keys.
    """
    session.flush()
    if not rows:
        return set()
    return set(session.execute(_into(session, model).returning(told_by), list(rows)).scalars())


def _into(session: Session, model: type[Base]) -> Insert:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
