"""Erase what was only to be kept for a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, TableClause, and_, column, delete, func, select, table
from sqlalchemy.orm import Session

from portal.jobs.schedule import Counts
from portal.storage import UtcInstant, reading, unit_of_work


@dataclass(frozen=True)
class Retention:
    """Rows of `table` are kept for `keep` after the instant in `since`; `only` narrows it to rows with these values.

    Tables are named, not imported: a later room's may be purged too. `label` is French, for the counts.
    """

    table: str
    since: str
    keep: timedelta
    label: str
    only: Mapping[str, str] = field(default_factory=dict)

    def count(self, session: Session, now: datetime) -> int:
        """How many rows are kept for longer than they should be."""
        return session.scalars(select(func.count()).select_from(self._table).where(self._outlived(now))).one()

    def erase(self, session: Session, now: datetime) -> int:
        erased = session.execute(delete(self._table).where(self._outlived(now)))
        assert isinstance(erased, CursorResult)  # noqa: S101 — narrows the declared type
        return erased.rowcount

    @property
    def _table(self) -> TableClause:
        return table(self.table)

    def _outlived(self, now: datetime) -> ColumnElement[bool]:
        narrowed = [column(name) == value for name, value in self.only.items()]
        return and_(column(self.since, UtcInstant()) < now - self.keep, *narrowed)


def purge(retentions: Iterable[Retention], now: datetime, dry_run: bool) -> Counts:
    """Erase what outlived its retention, or only count it; by label."""
    if dry_run:
        with reading() as session:
            return {retention.label: retention.count(session, now) for retention in retentions}
    with unit_of_work() as session:
        return {retention.label: retention.erase(session, now) for retention in retentions}
