"""All that is read of the structures of some trades around some communes, once for all the lots that ask."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.orm import Session

from portal.calibration.queries.promised import Promise, promises_of
from portal.directory.models import (
    Capacity,
    CapacityStatement,
    Commune,
    Department,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
)
from portal.directory.queries import holds_on
from portal.directory.rules import FRANCE_CODE
from portal.matching.queries import may_supply
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, TerritoryScope, Trade

Key = tuple[TerritoryScope, str]


@dataclass(frozen=True)
class Known:
    """One organisation that works in one of the trades and serves one of the communes at least."""

    organisation_id: int
    name: str
    ess_family: EssFamily | None
    kinds: frozenset[OrganisationKind]
    trades: frozenset[Trade]
    """Of those asked: offered, or told a capacity in."""
    communes: frozenset[str]
    """Of those asked, which it serves."""
    bands: Mapping[Trade, CapacityBand]
    can_lead: bool | None
    available_on: date | None
    promises: Mapping[Trade, list[Promise]]


def known_in(
    session: Session, trades: Collection[Trade], places: frozenset[str], day: date, among: ColumnElement[bool]
) -> list[Known]:
    """Structures and organisations of the social economy, in the order of their ids."""
    if not trades or not places:
        return []
    around = _around(session, places)
    rows = session.execute(_working(trades, around, day).where(among)).all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    offered, served = _offered(session, ids, trades), _served(session, ids, around)
    kinds, told, promised = (
        _kinds(session, ids, day),
        _told(session, ids, trades),
        promises_of(session, ids, trades, day),
    )
    return [
        Known(
            row.id,
            row.name,
            row.ess_family,
            frozenset(kinds[row.id]),
            frozenset(offered[row.id]),
            served[row.id],
            *told.get(row.id, _NOTHING_TOLD),
            promised.get(row.id, {}),
        )
        for row in rows
    ]


_NOTHING_TOLD: tuple[Mapping[Trade, CapacityBand], bool | None, date | None] = ({}, None, None)


def _around(session: Session, places: Collection[str]) -> dict[Key, set[str]]:
    """The communes asked, under each territory that holds them."""
    columns = (Commune.code, Commune.epci_siren, Commune.department_code, Department.region_code)
    joined = select(*columns).join(Department, Department.code == Commune.department_code)
    around: dict[Key, set[str]] = defaultdict(set)
    for row in session.execute(joined.where(Commune.code.in_(places))):
        around[TerritoryScope.COMMUNE, row.code].add(row.code)
        around[TerritoryScope.DEPARTMENT, row.department_code].add(row.code)
        around[TerritoryScope.REGION, row.region_code].add(row.code)
        around[TerritoryScope.FRANCE, FRANCE_CODE].add(row.code)
        if row.epci_siren:
            around[TerritoryScope.EPCI, row.epci_siren].add(row.code)
    return around


def _within(around: Collection[Key]) -> ColumnElement[bool]:
    codes = {scope: sorted(code for level, code in around if level is scope) for scope in TerritoryScope}
    return or_(
        *(and_(ServedTerritory.scope == scope, ServedTerritory.code.in_(held)) for scope, held in codes.items() if held)
    )


def _working(trades: Collection[Trade], around: Collection[Key], day: date) -> Any:
    offering = select(OfferedTrade.organisation_id).where(OfferedTrade.trade.in_(trades))
    of_trade = offering.union(select(Capacity.organisation_id).where(Capacity.trade.in_(trades)))
    serving = select(ServedTerritory.organisation_id).where(_within(around))
    name = Organisation.shown_name.label("name")
    return (
        select(Organisation.id, name, Organisation.ess_family)
        .where(Organisation.id.in_(of_trade), Organisation.id.in_(serving), may_supply(day))
        .order_by(Organisation.id)
    )


def _offered(session: Session, ids: Collection[int], trades: Collection[Trade]) -> dict[int, set[Trade]]:
    found: dict[int, set[Trade]] = defaultdict(set)
    both = union(
        *(
            select(model.organisation_id, model.trade).where(model.organisation_id.in_(ids), model.trade.in_(trades))
            for model in (OfferedTrade, Capacity)
        )
    )
    for organisation_id, trade in session.execute(both):
        found[organisation_id].add(trade)
    return found


def _served(session: Session, ids: Collection[int], around: Mapping[Key, set[str]]) -> dict[int, frozenset[str]]:
    """The communes of each; those that serve alike share one set."""
    keys: dict[int, set[Key]] = defaultdict(set)
    columns = (ServedTerritory.organisation_id, ServedTerritory.scope, ServedTerritory.code)
    held = select(*columns).where(ServedTerritory.organisation_id.in_(ids), _within(around))
    for organisation_id, scope, code in session.execute(held):
        keys[organisation_id].add((scope, code))
    alike: dict[frozenset[Key], frozenset[str]] = {}
    for served in map(frozenset, keys.values()):
        if served not in alike:
            alike[served] = frozenset(code for key in served for code in around[key])
    return {organisation_id: alike[frozenset(served)] for organisation_id, served in keys.items()}


def _kinds(session: Session, ids: Collection[int], day: date) -> dict[int, set[OrganisationKind]]:
    found: dict[int, set[OrganisationKind]] = defaultdict(set)
    held = select(HeldKind.organisation_id, HeldKind.kind).where(HeldKind.organisation_id.in_(ids), holds_on(day))
    for organisation_id, kind in session.execute(held):
        found[organisation_id].add(kind)
    return found


def _told(
    session: Session, ids: Collection[int], trades: Collection[Trade]
) -> dict[int, tuple[Mapping[Trade, CapacityBand], bool | None, date | None]]:
    """What each said it could carry in these trades, whether it would be mandataire, from when."""
    found: dict[int, tuple[dict[Trade, CapacityBand], bool | None, date | None]] = {}
    in_trades = and_(Capacity.organisation_id == CapacityStatement.organisation_id, Capacity.trade.in_(trades))
    statement = CapacityStatement
    rows = select(statement.organisation_id, Capacity.trade, Capacity.band, statement.can_lead, statement.available_on)
    told = rows.outerjoin(Capacity, in_trades).where(statement.organisation_id.in_(ids))
    for organisation_id, trade, band, can_lead, available_on in session.execute(told):
        bands, _, _ = found.setdefault(organisation_id, ({}, can_lead, available_on))
        if trade is not None:
            bands[trade] = band
    return {**found}
