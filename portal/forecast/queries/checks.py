"""What a buyer chose, what legal checks said, what waits for one, and what is to be published on a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.contracts.queries import with_holders
from portal.forecast.models import BuyerSettings, LegalCheck, Lot, LotLever, Project
from portal.forecast.queries.projects import whole
from portal.forecast.rules import Checked, LastChecks, waiting_levers
from portal.forecast.settings import DEFAULTS, Settings
from portal.kernel.actor import Actor
from portal.vocabulary import Lever, LeverState, ProjectState, Reservation, Trade

_CARENCE_YEARS = 3
MOST_TO_CHECK = 40


def settings_of(session: Session, buyer_id: int) -> Settings:
    """What a buyer chose; the defaults until it does."""
    row = settings_row(session, buyer_id)
    if row is None:
        return DEFAULTS
    return Settings(
        second_person_publishes=row.second_person_publishes,
        legal_checks_only=row.legal_checks_only,
        price_weight_warning=row.price_weight_warning,
        structures_to_reserve=row.structures_to_reserve,
        groupements_to_reserve=row.groupements_to_reserve,
    )


def settings_row(session: Session, buyer_id: int) -> BuyerSettings | None:
    return session.scalar(select(BuyerSettings).where(BuyerSettings.buyer_id == buyer_id))


def checks_of(session: Session, lot_ids: Collection[int]) -> dict[int, list[LegalCheck]]:
    """Every look at the levers of these lots, the first one first."""
    rows = session.scalars(select(LegalCheck).where(LegalCheck.lot_id.in_(lot_ids)).order_by(LegalCheck.id))
    found: dict[int, list[LegalCheck]] = {}
    for row in rows:
        found.setdefault(row.lot_id, []).append(row)
    return found


def last_checks(rows: Collection[LegalCheck]) -> dict[Lever, LegalCheck]:
    """The last look at each lever, of one lot's."""
    return {row.lever: row for row in sorted(rows, key=lambda row: row.id)}


def waiting_in(session: Session, lots: Sequence[Lot]) -> int:
    """How many levers of these lots wait for a check."""
    rows = checks_of(session, [lot.id for lot in lots])
    return sum(len(waiting_levers(lot.facts, as_looked_at(rows.get(lot.id, [])))) for lot in lots)


def as_looked_at(rows: Collection[LegalCheck]) -> LastChecks:
    return {lever: Checked(row.outcome, row.reservation) for lever, row in last_checks(rows).items()}


@dataclass(frozen=True)
class ToCheck:
    """A project whose levers somebody should look at, and how many of them."""

    project: Project
    levers: int


def to_check(session: Session, actor: Actor) -> list[ToCheck]:
    """Of the buyer one acts for: those given to check, then the public ones with a lever left, the soonest first.

    So many at most.
    """
    counted = _waiting_levers().subquery()
    levers = func.coalesce(counted.c.levers, 0)
    planned = select(func.min(Lot.planned_on)).where(Lot.project_id == Project.id, Lot.ended_at.is_(None))
    soonest = planned.scalar_subquery()
    rows = session.execute(
        select(Project.id, levers)
        .outerjoin(counted, counted.c.project_id == Project.id)
        .where(*_looked_at_by(actor, levers))
        .order_by(
            Project.state, case((Project.state == ProjectState.PUBLISHED, soonest)), Project.state_since, Project.id
        )
        .limit(MOST_TO_CHECK)
    ).all()
    known = {each.id: each for each in session.scalars(whole().where(Project.id.in_([row[0] for row in rows])))}
    return [ToCheck(known[id_], count) for id_, count in rows]


def count_in_check(session: Session, actor: Actor) -> int:
    """How many projects of the buyer one acts for were given to check."""
    given = select(func.count()).where(
        Project.buyer_id == actor.organisation_id, Project.state == ProjectState.IN_CHECK
    )
    return session.scalar(given) or 0


def waiting_by_project(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """How many levers wait for a check in each of these projects that has some."""
    return dict(session.execute(_waiting_levers().where(Lot.project_id.in_(project_ids))).all())


def _looked_at_by(actor: Actor, levers: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    given = Project.state == ProjectState.IN_CHECK
    left = and_(Project.state == ProjectState.PUBLISHED, levers > 0)
    return Project.buyer_id == actor.organisation_id, or_(given, left)


def _waiting_levers() -> Select[int, int]:
    """By project: how many live levers no check has looked at as they stand (`rules.waiting_levers`, in SQL)."""
    other = aliased(LegalCheck)
    last = (
        select(func.max(other.id))
        .where(other.lot_id == LotLever.lot_id, other.lever == LotLever.lever)
        .correlate(LotLever)
        .scalar_subquery()
    )
    covered = exists().where(
        LegalCheck.id == last,
        LegalCheck.outcome == LotLever.state,
        LegalCheck.reservation.is_not_distinct_from(LotLever.reservation),
    )
    return (
        select(Lot.project_id, func.count().label("levers"))
        .join(LotLever, LotLever.lot_id == Lot.id)
        .where(Lot.ended_at.is_(None), LotLever.state == LeverState.ENVISAGED, ~covered)
        .group_by(Lot.project_id)
    )


def social_economy_holders(
    session: Session, buyer_id: int, trade: Trade, cpv_code: str | None, planned_on: date
) -> list[str]:
    """Who had a contract reserved by L2113-15 for the same services in the three years before (L2113-16)."""
    since = _years_before(planned_on, _CARENCE_YEARS)
    same = Contract.trade == trade
    if cpv_code:
        same = or_(Contract.cpv_code == cpv_code, and_(Contract.cpv_code.is_(None), same))
    held = select(Contract).where(
        Contract.buyer_id == buyer_id,
        Contract.reservation == Reservation.ESS,
        Contract.notified_on > since,
        same,
    )
    contracts = session.scalars(with_holders(held).order_by(Contract.notified_on, Contract.id)).unique()
    return list(dict.fromkeys(held.shown_name for contract in contracts for held in contract.holders))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def due_publications(session: Session, now: datetime) -> Sequence[int]:
    """The projects whose planned moment has come, the first planned first."""
    due = select(Project.id).where(Project.state == ProjectState.SCHEDULED, Project.publish_at <= now)
    return session.scalars(due.order_by(Project.publish_at, Project.id)).all()
