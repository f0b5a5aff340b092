"""Lots to come that may suit an organisation, and what each asks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, or_, select, union_all
from sqlalchemy.orm import Session, selectinload

from portal.directory.models import CapacityStatement, Commune, Department, Organisation
from portal.forecast.listing.upkeep import lever_mask
from portal.forecast.models import Listing, ListingPlace, Lot, LotLever
from portal.kernel.period import PlannedPeriod
from portal.matching import rules
from portal.matching.facts import Fit, Key, Links, Supplier, Wanted, Zone
from portal.matching.queries.zones import FRANCE, key_of_place, zones
from portal.vocabulary import Lever, LeverState, TerritoryScope, Trade

_MOST_WEIGHED = 200
"""Lots weighed one by one for an organisation: the soonest of those in its trades and places."""


@dataclass(frozen=True)
class Asking:
    """An organisation with all that says what suits it, read once."""

    organisation: Organisation
    statement: CapacityStatement | None
    keys: tuple[Key, ...]

    def supplier(self, day: date, known: Mapping[Key, Zone]) -> Supplier:
        organisation, statement = self.organisation, self.statement
        bands = {each.trade: each.band for each in statement.bands} if statement else {}
        return Supplier(
            kinds=organisation.kinds_on(day),
            ess_family=organisation.ess_family,
            trades=frozenset(offer.trade for offer in organisation.offered) | bands.keys(),
            zones=tuple(known[key] for key in self.keys),
            bands=bands,
            available_on=statement.available_on if statement else None,
            confirmed_on=statement.confirmed_on if statement else None,
        )


@dataclass(frozen=True)
class Suggestion:
    """A lot to come, and why it suits an organisation."""

    lot_id: int
    fit: Fit


def asking(session: Session, organisation_id: int | None) -> Asking | None:
    """What matching reads of an organisation: six statements at most, whatever it told."""
    wanted = select(Organisation).where(Organisation.id == organisation_id)
    organisation = session.scalar(wanted.options(selectinload(Organisation.kinds)))
    if organisation is None:
        return None
    told = select(CapacityStatement).where(CapacityStatement.organisation_id == organisation.id)
    keys = sorted((territory.scope, territory.code) for territory in organisation.served)
    return Asking(organisation, session.scalar(told), tuple(keys))


def fits(
    session: Session, who: Asking, lot_ids: Collection[int], day: date, links: Links | None = None
) -> dict[int, Fit]:
    """Why each of these public lots suits an organisation; five statements, whatever the numbers."""
    rows = session.execute(_asked(lot_ids)).all()
    places = _places(session, [row.id for row in rows])
    known = zones(session, {key for keys in places.values() for key in keys} | set(who.keys))
    supplier = who.supplier(day, known)
    wanted = {row.id: _wanted(row, [known[key] for key in places.get(row.id, ())]) for row in rows}
    return {id_: rules.fit(each, supplier, day, links or Links()) for id_, each in wanted.items()}


def lots_for(session: Session, organisation_id: int, day: date, most: int) -> Sequence[Suggestion]:
    """The lots to come that suit an organisation best, at most so many: those that it may answer first, then by date.

    Among the soonest of its trades and places; those of the reserved lots of its places when it told no trade.
    A fixed number of statements.
    """
    who = asking(session, organisation_id)
    if who is None:
        return []
    near = select(Listing.lot_id).where(Listing.planned_on >= day, *_near(who))
    soonest = near.order_by(Listing.planned_on, Listing.lot_id).limit(_MOST_WEIGHED)
    ids = session.scalars(soonest).all()
    weighed = fits(session, who, ids, day)
    suited = [Suggestion(id_, weighed[id_]) for id_ in ids if id_ in weighed and weighed[id_].concerns]
    return sorted(suited, key=lambda each: each.fit.rank)[:most]


def lots_near(
    session: Session, trades: Collection[Trade], keys: Collection[Key], days: tuple[date, date], most: int
) -> Sequence[int]:
    """Public lots of these trades that tell their hours, planned between two days, in these territories or in some
    that hold or cross them: the soonest, at most so many. One statement."""
    planned = select(Listing.lot_id).where(Listing.planned_on.between(*days), Listing.hours > 0)
    near = planned.where(
        Listing.trade.in_(sorted(trades)),
        Listing.lot_id.in_(select(ListingPlace.lot_id).where(ListingPlace.place.in_(_within(keys)))),
    )
    return session.scalars(near.order_by(Listing.planned_on, Listing.lot_id).limit(most)).all()


def _asked(lot_ids: Collection[int]) -> Any:
    """Public lots with their reservation, if it is not discarded."""
    reserved = and_(LotLever.lot_id == Lot.id, LotLever.lever == Lever.RESERVED, LotLever.state != LeverState.DISCARDED)
    columns = (Lot.id, Lot.trade, Lot.hours_wanted, Lot.hours_per_year, Lot.duration_months)
    return (
        select(*columns, Lot.execution_on, Lot.execution_precision, LotLever.state, LotLever.reservation)
        .join(Listing, Listing.lot_id == Lot.id)
        .outerjoin(LotLever, reserved)
        .where(Lot.id.in_(lot_ids))
    )


def _places(session: Session, lot_ids: Collection[int]) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = {}
    held = select(ListingPlace.lot_id, ListingPlace.place).where(ListingPlace.lot_id.in_(lot_ids))
    for lot_id, place in session.execute(held.order_by(ListingPlace.lot_id, ListingPlace.place)):
        found.setdefault(lot_id, []).append(key_of_place(place))
    return found


def _wanted(row: Any, where: Iterable[Zone]) -> Wanted:
    return Wanted(
        trade=row.trade,
        zones=tuple(where),
        is_reserved=row.state is not None,
        reservation=row.reservation,
        is_decided=row.state is LeverState.DECIDED,
        yearly_hours=_yearly(row),
        starts=PlannedPeriod(row.execution_on, row.execution_precision) if row.execution_on else None,
    )


def _yearly(row: Any) -> Decimal | None:
    """Hours for each year of the contract; None when they, or its length, are not known."""
    hours: Decimal | None = row.hours_wanted
    if not hours or row.hours_per_year:
        return hours or None
    return hours * 12 / row.duration_months if row.duration_months else None


def _near(who: Asking) -> list[ColumnElement[bool]]:
    """Lots of one's trades, in one's places; those of one's department for whoever told no territory."""
    trades = {offer.trade for offer in who.organisation.offered}
    trades |= {each.trade for each in who.statement.bands} if who.statement else set()
    reserved = Listing.levers.bitwise_and(lever_mask([Lever.RESERVED])) != 0
    of_trade = Listing.trade.in_(sorted(trades)) if trades else reserved
    keys = who.keys or _seat(who.organisation)
    if not keys or FRANCE in keys:
        return [of_trade]
    return [of_trade, Listing.lot_id.in_(select(ListingPlace.lot_id).where(ListingPlace.place.in_(_within(keys))))]


def _seat(organisation: Organisation) -> tuple[Key, ...]:
    code = organisation.department_code
    return ((TerritoryScope.DEPARTMENT, code),) if code else ()


def _within(keys: Collection[Key]) -> Any:
    """What `listing_place` may write of these territories, of those that they hold and of those that hold them."""
    codes = {scope: [code for level, code in keys if level is scope] for scope in TerritoryScope}
    held = or_(
        Commune.code.in_(codes[TerritoryScope.COMMUNE]),
        Commune.epci_siren.in_(codes[TerritoryScope.EPCI]),
        Commune.department_code.in_(codes[TerritoryScope.DEPARTMENT]),
        Department.region_code.in_(codes[TerritoryScope.REGION]),
    )
    names = (cast(Commune.code, String), "E" + Commune.epci_siren, "D" + Commune.department_code)
    joined = [select(name).join(Department, Department.code == Commune.department_code).where(held) for name in names]
    return union_all(*joined)
