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
    """By lot, what changed of it in public strictly after an instant, in order. One statement for ten thousand lots."""
    of_lot = and_(Revision.project_id == Lot.project_id, or_(Revision.lot_id.is_(None), Revision.lot_id == Lot.id))
    changed = select(Lot.id, Lot.project_id, Revision.at, Revision.field).join(Revision, of_lot)
    changed = changed.where(Revision.at > since).order_by(Revision.id)
    wanted = sorted(lot_ids)
    found: dict[int, list[Entry]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(changed.where(Lot.id.in_(wanted[start : start + _AT_ONCE]))):
            found.setdefault(row[0], []).append(Entry(*row))
    return found


_AT_ONCE = 10_000
"""A statement holds 32,766 values, or 65,535: the day a region publishes its whole programme, more lots enter."""
