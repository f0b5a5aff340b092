"""Lots whose consultation ended: who won, or why nobody did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from portal.contracts.queries import Holder, holders_of
from portal.directory.models import Organisation
from portal.forecast.listing.rows import live_lots, lot_title
from portal.forecast.listing.selection import Cursor
from portal.forecast.models import Award, Lot, Project
from portal.vocabulary import LotOutcome, Trade

_PAGE = 20


@dataclass(frozen=True)
class EndedLot:
    """One of them; `lot_in_address` is None when the project's own page is that of the lot."""

    title: str
    reference: str
    lot_in_address: int | None
    buyer_name: str
    trade: Trade
    outcome: LotOutcome
    decided_on: date
    holders: Sequence[str]
    """The mandataire first."""
    promised_hours: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class EndedLots:
    """A page of them, the last decided first, and where the next page starts."""

    lots: Sequence[EndedLot]
    following: Cursor | None


def ended_lots(session: Session, after: Cursor | None) -> EndedLots:
    """Two statements at most; a page starts at a lot, as those of the list to come."""
    wanted = _ended().order_by(Award.decided_on.desc(), Lot.id.desc()).limit(_PAGE + 1)
    if after is not None:
        wanted = wanted.where(tuple_(Award.decided_on, Lot.id) < tuple_(after.key, after.lot_id))
    rows = session.execute(wanted).all()
    shown = rows[:_PAGE]
    holders = holders_of(session, [row.contract_id for row in shown if row.contract_id])
    following = Cursor(shown[-1].decided_on, shown[-1].id) if len(rows) > _PAGE else None
    return EndedLots([_ended_lot(row, holders.get(row.contract_id, ())) for row in shown], following)


def _ended() -> Select[*tuple[Any, ...]]:
    columns = (Lot.id, Lot.number, Lot.title, Lot.trade, Project.title.label("project_title"), Project.reference)
    outcome = (Award.outcome, Award.decided_on, Award.promised_hours, Award.reason, Award.contract_id)
    name = Organisation.shown_name.label("buyer_name")
    ended: Select[*tuple[Any, ...]] = select(*columns, *outcome, name, live_lots(Lot).label("lots"))
    return (
        ended.select_from(Lot)
        .join(Award, Award.lot_id == Lot.id)
        .join(Project, Project.id == Lot.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(Project.published_at.is_not(None), Lot.ended_at.is_(None))
    )


def _ended_lot(row: Any, holders: Sequence[Holder]) -> EndedLot:
    alone = row.lots == 1 or not row.number
    return EndedLot(
        title=row.project_title if alone else lot_title(row.project_title, row.number, row.title),
        reference=row.reference,
        lot_in_address=None if alone else row.number,
        buyer_name=row.buyer_name,
        trade=row.trade,
        outcome=row.outcome,
        decided_on=row.decided_on,
        holders=[held.name for held in holders],
        promised_hours=row.promised_hours,
        reason=row.reason,
    )
