"""Which rows name a file, and which of them may let go of theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, exists, func, or_, select, update
from sqlalchemy.orm import Session

from portal.pieces.models import StoredFile
from portal.storage import Base


@dataclass(frozen=True)
class Keeper:
    """Rows that name a file in `file_id`; the `outlived` ones let go of it. `label` is French, for the counts."""

    label: str
    model: type[Base]
    outlived: Callable[[datetime], ColumnElement[bool]]
    emptied: tuple[str, ...] = ("file_id",)
    """The columns that are empty once the file is let go of."""

    def count(self, session: Session, now: datetime) -> int:
        return session.scalar(select(func.count()).select_from(self.model).where(*self._holding(now))) or 0

    def forget(self, session: Session, now: datetime) -> int:
        """Let go of the files of outlived rows; how many."""
        values: dict[str, Any] = dict.fromkeys(self.emptied)
        forgotten = session.execute(update(self.model).where(*self._holding(now)).values(values))
        assert isinstance(forgotten, CursorResult)  # noqa: S101 — narrows the declared type
        return forgotten.rowcount

    def _holding(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return self.model.__table__.c.file_id.is_not(None), self.outlived(now)


def is_named() -> ColumnElement[bool]:
    """In SQL: whether a row of any table names the file. Read from the foreign keys, so that no table is forgotten."""
    naming = [
        exists().where(column == StoredFile.id)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is StoredFile.__table__ for key in column.foreign_keys)
    ]
    return or_(*naming)
