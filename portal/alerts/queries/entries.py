"""The public changes that may have brought lots into a search."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot, Revision


@dataclass(frozen=True, slots=True)
class Entry:
    """One public change of one lot, or of the project that holds it."""

    lot_id: int
    project_id: int
    at: datetime
    field: str


def entries(session: Session, lot_ids: Collection[int], *, since: datetime) -> Mapping[int, Sequence[Entry]]:
    """By lot, what changed of it in public strictly after an instant, in order. One statement."""
    of_lot = and_(Revision.project_id == Lot.project_id, or_(Revision.lot_id.is_(None), Revision.lot_id == Lot.id))
    changed = (
        select(Lot.id, Lot.project_id, Revision.at, Revision.field)
        .join(Revision, of_lot)
        .where(Lot.id.in_(lot_ids), Revision.at > since)
        .order_by(Revision.id)
    )
    found: dict[int, list[Entry]] = {}
    for row in session.execute(changed):
        found.setdefault(row[0], []).append(Entry(*row))
    return found
