"""Insert a row that may exist once, and tell whether it was this call that did."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.storage.base import Base


def insert_once(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique key forbids it; False means that another transaction did it before.

    On PostgreSQL the call waits for a concurrent insert of the same key to commit or roll back.
    """
    session.flush()
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    inserted = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return session.execute(inserted).first() is not None
