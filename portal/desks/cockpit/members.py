"""The structures of a network, one line each: what they do and where, what they have left, what waits with them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.calibration.engaged import free_hours
from portal.calibration.queries.promised import promises_of
from portal.declarations.models import Declaration
from portal.desks.cockpit.scope import Scope
from portal.directory.models import Capacity, CapacityStatement, Commune, OfferedTrade, Organisation, ServedTerritory
from portal.directory.rules import capacity_due_on
from portal.groupements.models import Groupement
from portal.groupements.models import Member as Invited
from portal.groupements.translation import state_of
from portal.kernel.clock import paris_date
from portal.kernel.french import plural, typo
from portal.kernel.month import Month
from portal.matching.facts import Key
from portal.matching.queries.zones import zones
from portal.vocabulary import DeclarationState, GroupementState, MemberState, NudgeSubject, Trade

PAGE = 25
_NAMED = 3
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Late:
    """The months that a member should have declared: how many, the first of them, and when it was due."""

    count: int
    first: Month
    since: date


@dataclass(frozen=True)
class Member:
    """One structure of the network, of the day."""

    id: int
    siret: str
    name: str
    place: str | None
    told_on: date | None
    """When it last said what it could carry; None: never."""
    can_lead: bool | None
    is_stale: bool
    """Whether it is to read it again."""
    free: Mapping[Trade, Decimal]
    """Hours a year left in each trade, by steps."""
    late: Late | None = None
    invitations: int = 0
    """Those of groupements that the network coordinates, still without an answer."""

    @property
    def free_hours(self) -> Decimal:
        return sum(self.free.values(), _ZERO)

    @property
    def subjects(self) -> list[NudgeSubject]:
        """What the network may write to it about."""
        waits = {
            NudgeSubject.LATE_MONTHS: self.late is not None,
            NudgeSubject.INVITATION: self.invitations > 0,
            NudgeSubject.CAPACITY: self.told_on is None or self.is_stale,
        }
        return [subject for subject, is_due in waits.items() if is_due]

    @property
    def waits(self) -> list[tuple[NudgeSubject, str]]:
        return [(subject, typo(self._words(subject))) for subject in self.subjects]

    def _words(self, subject: NudgeSubject) -> str:
        if subject is NudgeSubject.LATE_MONTHS and self.late:
            return plural(self.late.count, "mois en retard", "mois en retard")
        if subject is NudgeSubject.INVITATION:
            return plural(self.invitations, "invitation sans réponse", "invitations sans réponse")
        return "capacité à relire" if self.told_on else "capacité à dire"


class Sort(Enum):
    """The orders of the list, as addresses write them."""

    WAITING = "attente", "ce qui attend"
    NAME = "nom", "nom"
    CAPACITY = "capacite", "capacité la plus ancienne"
    HOURS = "heures", "heures libres"

    def __init__(self, word: str, label: str) -> None:
        self.word, self.label = word, label

    def key(self, member: Member) -> tuple[object, ...]:
        match self:
            case Sort.NAME:
                return ()
            case Sort.CAPACITY:
                return (member.told_on or date.min,)
            case Sort.HOURS:
                return (-member.free_hours,)
            case _:
                since = member.late.since if member.late else date.max
                return (since, -member.invitations, not member.subjects, member.told_on or date.min)


def sort_called(word: str | None) -> Sort:
    """The order that an address asks; the first for whatever is not one."""
    return next((sort for sort in Sort if sort.word == word), Sort.WAITING)


def members_of(session: Session, scope: Scope, coordinated: Iterable[Groupement], now: datetime) -> list[Member]:
    """All of them, by name. A fixed number of statements."""
    today = paris_date(now)
    free, late, invited = _free(session, scope.members, today), _late(session, scope.members, today), Counter[int]()
    invited.update(each.organisation_id for groupement in coordinated for each in _invited(groupement, now))
    return [
        Member(
            row.id,
            row.siret,
            row.shown_name,
            row.place,
            row.confirmed_on,
            row.can_lead,
            is_stale=row.confirmed_on is not None and capacity_due_on(row.confirmed_on) <= today,
            free=free.get(row.id, {}),
            late=late.get(row.id),
            invitations=invited[row.id],
        )
        for row in session.execute(_named(scope.members))
    ]


def in_order(members: Iterable[Member], sort: Sort) -> list[Member]:
    """Equal ones keep the order of names."""
    return sorted(members, key=sort.key)


def capacity_by_trade(members: Iterable[Member]) -> dict[Trade, Decimal]:
    found: dict[Trade, Decimal] = defaultdict(lambda: _ZERO)
    for member in members:
        for trade, hours in member.free.items():
            found[trade] += hours
    return found


def _named(ids: Collection[int]) -> Any:
    name = Organisation.shown_name.label("shown_name")
    place = func.coalesce(Commune.name, Organisation.city).label("place")
    told = (CapacityStatement.confirmed_on, CapacityStatement.can_lead)
    return (
        select(Organisation.id, Organisation.siret, name, place, *told)
        .outerjoin(Organisation.commune)
        .outerjoin(CapacityStatement, CapacityStatement.organisation_id == Organisation.id)
        .where(Organisation.id.in_(ids))
        .order_by(Organisation.sort_name, Organisation.siret)
    )


def _free(session: Session, ids: Collection[int], today: date) -> dict[int, dict[Trade, Decimal]]:
    """Hours left in each trade told: by steps, so that no part of a groupement comes out of a difference."""
    told = select(Capacity.organisation_id, Capacity.trade, Capacity.band).where(Capacity.organisation_id.in_(ids))
    rows = session.execute(told).all()
    promises = promises_of(session, ids, {trade for _, trade, _ in rows}, today)
    found: dict[int, dict[Trade, Decimal]] = defaultdict(dict)
    for organisation_id, trade, band in rows:
        engaged = (each.hours for each in promises.get(organisation_id, {}).get(trade, ()))
        found[organisation_id][trade] = free_hours(band.low, sum(engaged, _ZERO))
    return found


def _late(session: Session, ids: Collection[int], today: date) -> dict[int, Late]:
    """Who is late since when: nothing of the people declared."""
    declarant = Declaration.organisation_id
    due = select(declarant, func.count(), func.min(Declaration.month), func.min(Declaration.due_on)).where(
        declarant.in_(ids), Declaration.state.in_(DeclarationState.awaited()), Declaration.due_on < today
    )
    return {row[0]: Late(*row[1:]) for row in session.execute(due.group_by(declarant))}


def _invited(groupement: Groupement, now: datetime) -> list[Invited]:
    """Whose answer it waits for."""
    forming = groupement.state is GroupementState.FORMING
    return [each for each in groupement.members if forming and state_of(each, now) is MemberState.INVITED]


def sirets_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Organisation.id, Organisation.siret).where(Organisation.id.in_(ids)))
    return {row.id: row.siret for row in rows}


@dataclass(frozen=True)
class Offer:
    """What a member does, and where, in words."""

    trades: str
    territory: str


def offers_of(session: Session, ids: Sequence[int]) -> dict[int, Offer]:
    """Of the members shown: five statements."""
    trades: dict[int, set[Trade]] = defaultdict(set)
    for organisation_id, trade in session.execute(
        select(OfferedTrade.organisation_id, OfferedTrade.trade).where(OfferedTrade.organisation_id.in_(ids)).distinct()
    ):
        trades[organisation_id].add(trade)
    served: dict[int, list[Key]] = defaultdict(list)
    columns = (ServedTerritory.organisation_id, ServedTerritory.scope, ServedTerritory.code)
    for organisation_id, scope, code in session.execute(
        select(*columns).where(ServedTerritory.organisation_id.in_(ids)).order_by(ServedTerritory.code)
    ):
        served[organisation_id].append((scope, code))
    known = zones(session, {key for keys in served.values() for key in keys})
    return {
        id_: Offer(
            ", ".join(trade.label for trade in Trade if trade in trades[id_]),
            _listed([known[key].name for key in served[id_]]),
        )
        for id_ in ids
    }


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return f"{shown} et {plural(more, 'autre')}" if more > 0 else shown
