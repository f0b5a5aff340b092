"""What lots ask of the structures of their trade."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.calibration.engaged import yearly
from portal.calibration.facts import Need, Place
from portal.directory.models import Commune, Organisation
from portal.forecast.listing.upkeep import communes_within, whole_places
from portal.forecast.models import Lot, LotCommune, LotLever, Project
from portal.vocabulary import Lever, LeverState, Reservation


def needs_of(session: Session, lots: Iterable[Lot]) -> dict[int, Need]:
    """What each lot asks, by id: five statements at most, whatever the lots."""
    rows = session.execute(_asked(sorted({lot.id for lot in lots}))).all()
    named = _named(session, [row.id for row in rows if not row.whole_territory])
    territories = _territories(session, {row.buyer_id for row in rows if row.whole_territory})
    wanted = {row.id: territories[row.buyer_id] if row.whole_territory else named.get(row.id, ()) for row in rows}
    communes = _communes(session, {place for places in wanted.values() for place in places})
    return {row.id: _need(row, _places(wanted[row.id], communes)) for row in rows}


def _asked(lot_ids: Collection[int]) -> Any:
    """With the reservation, envisaged or decided."""
    reserved = and_(LotLever.lot_id == Lot.id, LotLever.lever == Lever.RESERVED, LotLever.state != LeverState.DISCARDED)
    columns = (Lot.id, Lot.trade, Lot.hours_wanted, Lot.hours_per_year, Lot.duration_months, Lot.whole_territory)
    return (
        select(*columns, Project.buyer_id, LotLever.reservation)
        .join(Project, Project.id == Lot.project_id)
        .outerjoin(LotLever, reserved)
        .where(Lot.id.in_(lot_ids))
    )


def _named(session: Session, lot_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    held = select(LotCommune.lot_id, LotCommune.commune_code).where(LotCommune.lot_id.in_(lot_ids))
    for lot_id, code in session.execute(held) if lot_ids else ():
        found.setdefault(lot_id, []).append(code)
    return found


def _territories(session: Session, buyer_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """What « toutes les communes » means for each buyer."""
    if not buyer_ids:
        return {}
    buyers = select(Organisation).where(Organisation.id.in_(buyer_ids))
    bare = (joinedload(Organisation.commune), selectinload(Organisation.served), lazyload(Organisation.offered))
    return {buyer.id: whole_places(buyer) for buyer in session.scalars(buyers.options(*bare))}


def _communes(session: Session, places: Collection[str]) -> list[Any]:
    if not places:
        return []
    columns = (Commune.code, Commune.name, Commune.population, Commune.latitude, Commune.longitude)
    within = select(*columns, Commune.epci_siren, Commune.department_code).where(communes_within(places))
    return list(session.execute(within.order_by(Commune.sort_name, Commune.code)))


def _places(wanted: Collection[str], communes: Iterable[Any]) -> tuple[Place, ...]:
    """The communes that stand in these places, in the order of lists."""
    asked = set(wanted)
    inside = (row for row in communes if asked & {row.code, f"E{row.epci_siren}", f"D{row.department_code}"})
    return tuple(Place(row.code, row.name, row.population or 0, row.latitude, row.longitude) for row in inside)


def _need(row: Any, places: tuple[Place, ...]) -> Need:
    reservation = None if row.reservation is Reservation.NONE else row.reservation
    return Need(row.id, row.trade, reservation, _hours(row), places)


def _hours(row: Any) -> Decimal | None:
    """Of a year: None when they are not said, or are those of a whole whose length is not."""
    hours: Decimal | None = row.hours_wanted or None
    if hours is None or row.hours_per_year:
        return hours
    return yearly(hours, row.duration_months).quantize(Decimal("0.01")) if row.duration_months else None


def starts_of(session: Session, lot_ids: Collection[int]) -> dict[int, date]:
    """When the work of each lot should begin at the earliest: not before its consultation."""
    rows = session.execute(select(Lot.id, Lot.execution_on, Lot.planned_on).where(Lot.id.in_(lot_ids)))
    return {row.id: row.execution_on or row.planned_on for row in rows}
