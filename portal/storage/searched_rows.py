"""Search by words of rows that are filtered and counted at the same time.

PostgreSQL keeps the words in the row itself, so that one reading of one table answers; SQLite, in a table beside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.storage.base import Base, declare_ddl
from portal.storage.search import analysed, matching, search_table_ddl, words_wanted


class _by_database(FunctionElement[bool]):  # noqa: N801 — an SQL function
    """Of two conditions, that of the database at hand: SQLite's, then PostgreSQL's."""

    inherit_cache = True


@compiles(_by_database, "sqlite")
def _of_sqlite(element: _by_database, compiler: SQLCompiler, **kwargs: Any) -> str:
    of_sqlite, _ = element.clauses
    return compiler.process(of_sqlite, **kwargs)


@compiles(_by_database, "postgresql")
def _of_postgresql(element: _by_database, compiler: SQLCompiler, **kwargs: Any) -> str:
    _, of_postgresql = element.clauses
    return compiler.process(of_postgresql, **kwargs)


def searched_rows_ddl(name: str, rows: str, dialect: str) -> list[str]:
    """The statements that make the rows of a table, which is empty, searchable."""
    if dialect == "sqlite":
        return search_table_ddl(name, dialect)
    return [
        f"ALTER TABLE {rows} ADD COLUMN words TSVECTOR NOT NULL",
        f"CREATE INDEX ix_{rows}_words ON {rows} USING gin (words)",
    ]


class SearchedRows:
    """The searchable words of the rows of one table, whole words only. Declared beside the model.

    `name` is SQLite's search table; `rows` is the table, and `key` its key.
    """

    def __init__(self, name: str, rows: str, key: str) -> None:
        self.name, self._rows, self._key = name, rows, key
        self._beside = table(name, column("id"), column("words"))
        declare_ddl(
            sqlite=searched_rows_ddl(name, rows, "sqlite"), postgresql=searched_rows_ddl(name, rows, "postgresql")
        )

    def asked(self, query: str) -> BindParameter[Any] | None:
        """The parameter that holds the words of a query, or None when it holds none that carries meaning."""
        return words_wanted(query)

    def holding(self, asked: BindParameter[Any]) -> ColumnElement[Any]:
        """Whether a row holds every word asked, in a statement that reads its table."""
        found = select(self._beside.c.id).where(matching(self._beside.c.words, asked))
        beside = literal_column(f"{self._rows}.{self._key}").in_(found)
        return _by_database(beside, matching(literal_column(f"{self._rows}.words"), asked))

    def enter(self, session: Session, rows: Sequence[Mapping[str, Any]], texts: Mapping[int, str]) -> None:
        """Insert rows with their words; each text goes by the key of its row."""
        said = {key: analysed(text_, prefixes=False) for key, text_ in texts.items()}
        if not _is_sqlite(session):
            session.execute(self._insertion_with_words(), [{**row, "said": said[row[self._key]]} for row in rows])
            return
        session.execute(insert(Base.metadata.tables[self._rows]), rows)
        beside = f"INSERT INTO {self.name} (rowid, id, words) VALUES (:key, :key, :words)"  # noqa: S608
        session.execute(text(beside), [{"key": key, "words": words} for key, words in said.items()])

    def forget(self, session: Session, keys: Sequence[int]) -> None:
        """Remove what is kept beside rows that are being deleted."""
        if _is_sqlite(session):
            gone = text(f"DELETE FROM {self.name} WHERE rowid = :key")  # noqa: S608
            session.execute(gone, [{"key": key} for key in keys])

    def forget_all(self, session: Session) -> None:
        if _is_sqlite(session):
            session.execute(text(f"DELETE FROM {self.name}"))  # noqa: S608

    def _insertion_with_words(self) -> Insert:
        known = (column(known.name, known.type) for known in Base.metadata.tables[self._rows].columns)
        words = func.array_to_tsvector(func.string_to_array(bindparam("said"), " "))
        return insert(table(self._rows, *known, column("words"))).values(words=words)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


__all__ = ["SearchedRows", "searched_rows_ddl"]
