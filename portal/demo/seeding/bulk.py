"""Many rows at once, with the ids they are given, on both databases."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from portal.storage import Base

Row = dict[str, Any]


def table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    return table


def load(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows in one executemany, after what the session still holds."""
    if rows:
        session.flush()
        session.execute(insert(table_of(model)), list(rows))


def continue_numbering(session: Session, models: Iterable[type[Base]]) -> None:
    """Have PostgreSQL give the ids that follow those given here; SQLite looks at the rows."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for model in models:
        table = table_of(model)
        last = session.scalar(select(func.max(table.c.id)))
        if last is not None:
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})"))
