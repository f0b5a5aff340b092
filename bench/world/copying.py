"""Rows into PostgreSQL by COPY, in the models' own terms: members of closed lists, euros, instants."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.dialects import postgresql

from portal.storage import Base

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def copy_in(
    connection: Connection, model: type[Base], rows: Iterable[Mapping[str, Any]], *, numbered: bool = False
) -> None:
    """Add rows in the connection's transaction; a column that a row does not tell is NULL.

    `numbered`: PostgreSQL gives each row its id.
    """
    columns = [column for column in _table(model).columns if not (numbered and column.name == "id")]
    writers = [(column.key, _writer(column)) for column in columns]
    names = ", ".join(column.name for column in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([write(row.get(key)) for key, write in writers])


def continue_numbering(connection: Connection, model: type[Base]) -> None:
    """After ids were given by hand, make the next row take the one that follows the greatest."""
    table = _table(model)
    statement = text(f"SELECT setval(pg_get_serial_sequence(:name, 'id'), max(id)) FROM {table.name}")  # noqa: S608
    connection.execute(statement, {"name": table.name})


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _writer(column: Column[Any]) -> Callable[[Any], Any]:
    return column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT) or (lambda value: value)
