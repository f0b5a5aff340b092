"""Organisations that may complete a groupement: what the directory shows to all, in a fixed number of statements.

Capacities are read for the network that coordinates, of its own members; never to choose who is found.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.directory.models import Commune, Department, HeldKind, OfferedTrade, Organisation, ServedTerritory
from portal.directory.queries import holds_on
from portal.directory.rules import FRANCE_CODE
from portal.groupements import translation
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.groupements.partners.facts import Candidate, Wanted
from portal.groupements.partners.people import Told, told_of
from portal.groupements.queries import places_of
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.vocabulary import MemberRole, MemberState, OrganisationKind, Reservation, TerritoryScope, Trade

MOST_WEIGHED = 400
"""Organisations weighed for one groupement: those of the trade that serve the place come first."""

Key = tuple[TerritoryScope, str]
_HELD = ACTIVE | {MemberState.INVITED}
_NOT_AGAIN = _HELD | {MemberState.ASKING}
_STRUCTURES = tuple(kind for kind in OrganisationKind if kind.is_structure)
_NEITHER = (OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION)


@dataclass(frozen=True)
class Around:
    """The territories around each commune of the lots."""

    keys: Mapping[str, frozenset[Key]]

    @property
    def codes(self) -> dict[TerritoryScope, list[str]]:
        every = sorted({key for keys in self.keys.values() for key in keys})
        return {scope: [code for level, code in every if level is scope] for scope in TerritoryScope}

    def served(self, organisation: Organisation) -> frozenset[str] | None:
        """Those of the communes that an organisation serves; None when it did not say where it works."""
        territories = {(each.scope, each.code) for each in organisation.served}
        if not territories:
            return None
        return frozenset(code for code, keys in self.keys.items() if not keys.isdisjoint(territories))


@dataclass(frozen=True)
class Found:
    """What is missing, and who may bring it."""

    wanted: Wanted
    organisations: Sequence[Organisation]
    around: Around
    told: Told

    def candidates(self, today: date) -> list[Candidate]:
        return [self.told.candidate(each, self.around.served(each), today) for each in self.organisations]

    @property
    def is_cut(self) -> bool:
        return len(self.organisations) >= MOST_WEIGHED


def partners_of(session: Session, groupement: Groupement, actor: Actor, now: datetime) -> Found:
    today, places = paris_date(now), places_of(session, groupement)
    around = _around(session, places)
    wanted = _wanted(groupement, places, around, _members(session, groupement), now)
    told = told_of(session, groupement, actor)
    found = session.scalars(_candidates(groupement, around, wanted.trades, told.interests, today)).all()
    return Found(wanted, found, around, told)


def _around(session: Session, codes: Collection[str]) -> Around:
    if not codes:
        return Around({})
    rows = session.execute(
        select(Commune.code, Commune.epci_siren, Commune.department_code, Department.region_code)
        .join(Department, Department.code == Commune.department_code)
        .where(Commune.code.in_(codes))
    )
    return Around({row.code: frozenset(_keys(*row)) for row in rows})


def _keys(code: str, epci: str | None, department: str, region: str) -> set[Key]:
    wide = {
        (TerritoryScope.COMMUNE, code),
        (TerritoryScope.DEPARTMENT, department),
        (TerritoryScope.REGION, region),
        (TerritoryScope.FRANCE, FRANCE_CODE),
    }
    return wide | ({(TerritoryScope.EPCI, epci)} if epci else set())


def _members(session: Session, groupement: Groupement) -> dict[int, Organisation]:
    """The organisations that are in or invited, with what they offer and serve."""
    ids = [each.organisation_id for each in groupement.members if each.state in _HELD]
    wanted = _with_all(select(Organisation).where(Organisation.id.in_(ids)))
    return {each.id: each for each in session.scalars(wanted.execution_options(populate_existing=True))}


def _with_all(wanted: Select[Organisation]) -> Select[Organisation]:
    return wanted.options(
        selectinload(Organisation.kinds), selectinload(Organisation.offered), selectinload(Organisation.served)
    )


def _wanted(
    groupement: Groupement,
    places: Mapping[str, str],
    around: Around,
    organisations: Mapping[int, Organisation],
    now: datetime,
) -> Wanted:
    facts = translation.facts_of(groupement, now)
    held = [each for each in groupement.members if each.state in _HELD]
    taken = {code for each in held for code in _places_taken(each, organisations[each.organisation_id], around)}
    offered = {offer.trade for each in organisations.values() for offer in each.offered}
    trades = frozenset(lot.trade for lot in groupement.lots)
    reserved = [(lot.name, lot.reservation) for lot in facts.lots if lot.reservation is not Reservation.NONE]
    return Wanted(
        trades=trades,
        places=places,
        reservations=tuple(reserved),
        missing_places=frozenset(places.keys() - taken),
        missing_trades=trades - offered,
        missing_hours=_missing(facts.hours_wanted, sum((each.hours or Decimal(0) for each in held), Decimal(0))),
        hours_per_year=facts.hours_per_year,
        missing_mandataire=not any(each.role is MemberRole.MANDATAIRE for each in held),
    )


def _places_taken(member: Member, organisation: Organisation, around: Around) -> Collection[str]:
    """Where a member works: as the parts say; else where it says that it works at all."""
    told = {place.commune_code for place in member.communes}
    return told or around.served(organisation) or ()


def _missing(wanted: Decimal | None, held: Decimal) -> Decimal | None:
    return wanted - held if wanted is not None and held < wanted else None


def _candidates(
    groupement: Groupement, around: Around, trades: Collection[Trade], interested: Collection[int], today: date
) -> Select[Organisation]:
    """Of the trade, or of none told; serving one of the communes, or near and serving none told; or interested."""
    of_trade = _id_in(OfferedTrade, OfferedTrade.trade.in_(trades))
    fits = or_(of_trade, ~_id_in(OfferedTrade)) if around.keys else of_trade
    here = _near(around) if around.keys else Organisation.id.is_not(None)
    wanted = or_(and_(fits, here), Organisation.id.in_(interested))
    already = [each.organisation_id for each in groupement.members if each.state in _NOT_AGAIN]
    others = [*already, groupement.project.buyer_id, groupement.network_id or 0]
    known_first = case((and_(of_trade, _serving(around)), 0), (of_trade, 1), else_=2)
    in_order = (known_first, Organisation.sort_name, Organisation.siret)
    allowed = (_may_supply(today), Organisation.id.not_in(others))
    return _with_all(select(Organisation).where(wanted, *allowed).order_by(*in_order).limit(MOST_WEIGHED))


def _id_in(model: type[OfferedTrade] | type[ServedTerritory], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(model.organisation_id == Organisation.id, *conditions).correlate(Organisation)


def _serving(around: Around) -> ColumnElement[bool]:
    scope, code = ServedTerritory.scope, ServedTerritory.code
    return _id_in(
        ServedTerritory, or_(*(and_(scope == level, code.in_(codes)) for level, codes in around.codes.items()))
    )


def _near(around: Around) -> ColumnElement[bool]:
    departments = around.codes[TerritoryScope.DEPARTMENT]
    return or_(_serving(around), and_(Organisation.department_code.in_(departments), ~_id_in(ServedTerritory)))


def _may_supply(today: date) -> ColumnElement[bool]:
    """Structures and companies of that day, and the social economy that is no buyer, network nor facilitation."""
    held = exists().where(HeldKind.organisation_id == Organisation.id, holds_on(today)).correlate(Organisation)
    supplies = held.where(HeldKind.kind.in_((*_STRUCTURES, OrganisationKind.COMPANY)))
    return or_(supplies, and_(Organisation.ess_family.is_not(None), ~held.where(HeldKind.kind.in_(_NEITHER))))
