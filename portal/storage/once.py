"""Insert a row that may exist once, and tell whether it was this call that did."""

from typing import Any

from sqlalchemy import CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.storage.base import Base


def insert_once(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique key forbids it; False means that another transaction did it before.

    On PostgreSQL the call waits for a concurrent insert of the same key to commit or roll back.
    """
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    result = session.execute(insert(table).values(**values).on_conflict_do_nothing())
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount == 1
