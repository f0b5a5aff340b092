"""Organisations that may answer a purchase. Rows out, nothing decided."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, exists, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.directory import rules as directory_rules
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
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, TerritoryScope, Trade

MOST_CANDIDATES = 1_000
"""Organisations read for one purchase; those that told most come first."""

_MOST_NAMED = 1_000
"""Communes looked up one by one; beyond, all those of their departments are."""

_STRUCTURES = tuple(kind for kind in OrganisationKind if kind.is_structure)
_NOT_SUPPLIERS = (OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION)


@dataclass(frozen=True)
class Candidate:
    """An organisation that may answer, as far as it told: None is what nobody said, never a no."""

    organisation_id: int
    name: str
    kinds: frozenset[OrganisationKind]
    """What it is on the day asked."""
    ess_family: EssFamily | None
    offers: bool | None
    """Whether it offers the trade, or told a capacity in it; None: it told no trade at all."""
    serves: bool | None
    """Whether it serves one of the communes at least; None: it told no territory, and stands in their departments."""
    band: CapacityBand | None
    can_lead: bool | None


class Candidates(tuple[Candidate, ...]):
    """Those found, the best known first."""

    __slots__ = ()

    @property
    def is_cut(self) -> bool:
        """Whether there may be more: « au moins 1 000 »."""
        return len(self) >= MOST_CANDIDATES


@dataclass(frozen=True)
class Around:
    """The territories in which some communes stand."""

    departments: frozenset[str]
    regions: frozenset[str]
    epcis: frozenset[str]
    communes: ColumnElement[bool]
    """The condition on these communes themselves."""

    def condition(self) -> ColumnElement[bool]:
        """On served territories: those that hold one of these communes at least."""
        code, scope = ServedTerritory.code, ServedTerritory.scope
        wide = [
            (TerritoryScope.FRANCE, {directory_rules.FRANCE_CODE}),
            (TerritoryScope.REGION, self.regions),
            (TerritoryScope.DEPARTMENT, self.departments),
            (TerritoryScope.EPCI, self.epcis),
        ]
        named = select(Commune.code).where(self.communes).scalar_subquery()
        conditions = [and_(scope == level, code.in_(sorted(codes))) for level, codes in wide if codes]
        return or_(*conditions, and_(scope == TerritoryScope.COMMUNE, code.in_(named)))

    def served(self) -> Select[int]:
        """The ids of organisations that serve one of these communes at least."""
        return select(ServedTerritory.organisation_id).where(self.condition())


def candidates(session: Session, trade: Trade, places: Collection[str], day: date) -> Candidates:
    """The structures and social-economy organisations that may answer a purchase of this trade in these communes.

    Kept: whoever offers the trade or told none, and serves one of the communes or, when it told no territory, stands
    in their departments. Without any place, whoever offers the trade. Four statements, whatever the numbers.
    """
    around = _around(session, places) if places else None
    rows = session.execute(_wanted(trade, around, day)).all()
    ids = [row.id for row in rows]
    kinds = _kinds(session, ids, day)
    told = _told(session, ids, trade)
    return Candidates(
        Candidate(
            row.id,
            row.name,
            frozenset(kinds.get(row.id, ())),
            row.ess_family,
            True if row.offers else None,
            True if row.serves else None,
            *told.get(row.id, (None, None)),
        )
        for row in rows
    )


def _around(session: Session, places: Collection[str]) -> Around:
    departments = frozenset(filter(None, map(directory_rules.department_of, places)))
    named = sorted(set(places))
    inside = Commune.code.in_(named) if len(named) <= _MOST_NAMED else Commune.department_code.in_(sorted(departments))
    rows = session.execute(
        select(Commune.department_code, Commune.epci_siren, Department.region_code)
        .join(Department, Department.code == Commune.department_code)
        .where(inside)
        .distinct()
    ).all()
    return Around(
        frozenset(row.department_code for row in rows),
        frozenset(row.region_code for row in rows),
        frozenset(row.epci_siren for row in rows if row.epci_siren),
        inside,
    )


def _wanted(trade: Trade, around: Around | None, day: date) -> Select[Any]:
    """The ids first, by how well each is known, each group stopped at the most: their names are read afterwards."""
    told_none = ~_offering() & ~_capable()
    parts: list[tuple[int, int | None, ColumnElement[bool]]] = []
    if around is None:
        parts = [(1, None, _of_trade(trade))]
    else:
        near = Organisation.department_code.in_(sorted(around.departments)) & ~_serving()
        served = Organisation.id.in_(around.served())
        parts = [
            (1, 1, _of_trade(trade) & _serving(around.condition())),
            (1, 0, _of_trade(trade) & near),
            (0, 1, told_none & served),
            (0, 0, told_none & near),
        ]
    found = union_all(*(_part(offers, serves, condition, day) for offers, serves, condition in parts)).subquery()
    order = (found.c.offers.desc(), found.c.serves.desc(), Organisation.sort_name, Organisation.siret)
    name = Organisation.shown_name.label("name")
    columns = (Organisation.id, name, Organisation.ess_family, found.c.offers, found.c.serves)
    return select(*columns).join(found, found.c.id == Organisation.id).order_by(*order).limit(MOST_CANDIDATES)


def _part(offers: int, serves: int | None, condition: ColumnElement[bool], day: date) -> Select[Any]:
    """One group; its order and limit stand inside a subquery, which SQLite wants in a union."""
    first = select(Organisation.id).where(condition, may_supply(day)).order_by(Organisation.id).limit(MOST_CANDIDATES)
    ids = first.subquery()
    return select(ids.c.id, literal(offers, Integer).label("offers"), literal(serves, Integer).label("serves"))


def _of_trade(trade: Trade) -> ColumnElement[bool]:
    """Looked up once for all, by the indexes of trades."""
    offers = select(OfferedTrade.organisation_id).where(OfferedTrade.trade == trade)
    return Organisation.id.in_(offers.union(select(Capacity.organisation_id).where(Capacity.trade == trade)))


def _offering() -> ColumnElement[bool]:
    return exists().where(OfferedTrade.organisation_id == Organisation.id).correlate(Organisation)


def _capable() -> ColumnElement[bool]:
    return exists().where(Capacity.organisation_id == Organisation.id).correlate(Organisation)


def _serving(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    own = ServedTerritory.organisation_id == Organisation.id
    return exists().where(own, *conditions).correlate(Organisation)


def may_supply(day: date) -> ColumnElement[bool]:
    """Structures of that day, and organisations of the social economy that are no buyer, network nor facilitation."""
    held = exists().where(HeldKind.organisation_id == Organisation.id, holds_on(day)).correlate(Organisation)
    others = ~held.where(HeldKind.kind.in_(_NOT_SUPPLIERS))
    return or_(held.where(HeldKind.kind.in_(_STRUCTURES)), and_(Organisation.ess_family.is_not(None), others))


def _kinds(session: Session, ids: Sequence[int], day: date) -> dict[int, list[OrganisationKind]]:
    found: dict[int, list[OrganisationKind]] = {}
    held = select(HeldKind.organisation_id, HeldKind.kind).where(HeldKind.organisation_id.in_(ids), holds_on(day))
    for organisation_id, kind in session.execute(held):
        found.setdefault(organisation_id, []).append(kind)
    return found


def _told(session: Session, ids: Iterable[int], trade: Trade) -> dict[int, tuple[CapacityBand | None, bool | None]]:
    """What each said it could carry in the trade, and whether it would be mandataire."""
    in_trade = and_(Capacity.organisation_id == CapacityStatement.organisation_id, Capacity.trade == trade)
    rows = session.execute(
        select(CapacityStatement.organisation_id, Capacity.band, CapacityStatement.can_lead)
        .outerjoin(Capacity, in_trade)
        .where(CapacityStatement.organisation_id.in_(list(ids)))
    )
    return {organisation_id: (band, can_lead) for organisation_id, band, can_lead in rows}
