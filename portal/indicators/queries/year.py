"""The exact figures of one buyer's year, from accepted declarations, contracts, payments and consultations.

Every figure of hours, people and exits is a sum over the delta ledger. The number of statements is fixed.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractTitulaire, Expense
from portal.declarations.models import Declaration, Delta, Deposit
from portal.directory.models import HeldKind, Organisation
from portal.forecast.models import Lot, LotLever, Project, Revision
from portal.indicators import rules
from portal.indicators.facts import ContractHours, Euros, MonthHours, StructureCategory, Term, YearFigures
from portal.indicators.models import Mandate
from portal.indicators.queries.promises import promised_hours
from portal.indicators.queries.scope import LEDGER, PERSON, Scope
from portal.kernel.clock import paris_date
from portal.kernel.month import Month
from portal.vocabulary import (
    AgeBand,
    DepositOutcome,
    EssFamily,
    ExitKind,
    Lever,
    LeverState,
    OrganisationKind,
    Sex,
)

_AGES = tuple(AgeBand)
HOURS = func.sum(Delta.hours_retained * Delta.sign)
_YEAR = func.substr(Delta.month, literal_column("1"), literal_column("4"))
"""« 2025 »: a month is stored as it sorts. Literal, for PostgreSQL groups by no expression that holds parameters."""


def figures_of(session: Session, buyer: Organisation, year: int, at: datetime) -> YearFigures:
    """Every figure of the year, in ten statements: tests count them."""
    scope = Scope(buyer.id, year, at)
    return YearFigures(
        buyer_siret=buyer.siret,
        buyer_name=buyer.shown_name,
        year=year,
        declarations=_accepted_declarations(session, scope),
        months=_months(session, scope),
        people=_people(session, scope),
        exits=rules.families(_exits(session, scope)),
        structures=_structures(session, scope),
        euros=_euros(session, scope),
        lots_launched_on=_launched(session, scope),
        terms=terms_of(session, buyer.id),
        contracts=_contracts(session, scope),
        unlisted_people=_unlisted_people(session, scope),
    )


def terms_of(session: Session, buyer_id: int) -> tuple[Term, ...]:
    """The terms of the buyer's assembly, in order."""
    told = select(Mandate.name, Mandate.starts_on, Mandate.ends_on).where(Mandate.buyer_id == buyer_id)
    return tuple(Term(*row) for row in session.execute(told.order_by(Mandate.starts_on)))


def _accepted_declarations(session: Session, scope: Scope) -> int:
    """Declarations of the year whose last answer is an acceptance, « néant » included."""
    months = Declaration.month.between(Month.of(scope.first_day), Month.of(scope.last_day))
    accepted = (
        select(func.count(Deposit.declaration_id.distinct()))
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .join(Contract, Contract.id == Declaration.contract_id)
        .where(Contract.buyer_id == scope.buyer_id, months)
        .where(Deposit.outcome == DepositOutcome.ACCEPTED, Deposit.decided_at <= scope.at)
    )
    return session.scalar(accepted) or 0


def _months(session: Session, scope: Scope) -> tuple[MonthHours, ...]:
    one = (
        select(Delta.month, HOURS.label("hours"))
        .select_from(LEDGER)
        .where(scope.deltas)
        .group_by(Delta.month, PERSON)
        .subquery()
    )
    by_month = select(one.c.month, func.sum(one.c.hours), _how_many(one.c.hours > 0)).group_by(one.c.month)
    return tuple(MonthHours(*row) for row in session.execute(by_month.order_by(one.c.month)))


def people_of(scope: Scope) -> Select[int, Sex | None, int | None]:
    """Each person of whom hours are retained in the year, once: sex, and the rank of the highest age band told."""
    rank = case({age: rank for rank, age in enumerate(_AGES)}, value=Delta.age_band)
    told = (
        select(PERSON.label("person_id"), Delta.sex, rank.label("age"))
        .select_from(LEDGER)
        .where(scope.deltas)
        .group_by(PERSON, Delta.sex, rank)
        .having(HOURS > 0)
        .subquery()
    )
    return select(told.c.person_id, func.max(told.c.sex).label("sex"), func.max(told.c.age).label("age")).group_by(
        told.c.person_id
    )


def _people(session: Session, scope: Scope) -> dict[tuple[Sex | None, AgeBand | None], int]:
    one = people_of(scope).subquery()
    counted = select(one.c.sex, one.c.age, func.count()).group_by(one.c.sex, one.c.age)
    return {
        (None if sex is None else Sex(sex), None if age is None else _AGES[age]): count
        for sex, age, count in session.execute(counted)
    }


def exits_of(scope: Scope) -> Select[int, int, Month, ExitKind]:
    """The exits accepted in the year: each closes a path of which at least one hour has ever been retained."""
    whose = (PERSON, Delta.contract_id, Delta.organisation_id)
    named = (PERSON.label("person_id"), Delta.contract_id, Delta.organisation_id)
    exit_ = (
        select(*named, Delta.month, Delta.exit_kind)
        .select_from(LEDGER)
        .where(scope.deltas, Delta.exit_kind.is_not(None))
        .group_by(*whose, Delta.month, Delta.exit_kind)
        .having(func.sum(Delta.sign) > 0)
        .subquery()
    )
    path = (
        select(*named)
        .select_from(LEDGER)
        .where(scope.deltas_until, PERSON.in_(select(exit_.c.person_id)))
        .group_by(*whose)
        .having(HOURS > 0)
        .subquery()
    )
    same = and_(*(exit_.c[key] == path.c[key] for key in ("person_id", "contract_id", "organisation_id")))
    return select(exit_.c.contract_id, exit_.c.organisation_id, exit_.c.month, exit_.c.exit_kind).join(path, same)


def _exits(session: Session, scope: Scope) -> dict[ExitKind, int]:
    one = exits_of(scope).subquery()
    counted = select(one.c.exit_kind, func.count()).group_by(one.c.exit_kind)
    return dict(session.execute(counted).all())


def structure_kind_held() -> ColumnElement[bool]:
    """Joins the kinds of structure that an organisation had on the day its contract was notified."""
    return and_(
        HeldKind.organisation_id == Organisation.id,
        HeldKind.kind.in_(rules.STRUCTURE_KINDS),
        HeldKind.valid_from <= Contract.notified_on,
        or_(HeldKind.valid_to.is_(None), HeldKind.valid_to >= Contract.notified_on),
    )


def of_the_ess() -> ColumnElement[bool]:
    """Whether an organisation was a structure on the notification, or is of a family of loi 2014-856, art. 1."""
    return or_(Organisation.ess_family.is_not(None), exists().where(structure_kind_held()))


def structures_of(session: Session, scope: Scope) -> dict[int, StructureCategory]:
    """The ESS organisations that held a contract of the buyer running in the year, each with its one category."""
    held = (
        select(Organisation.id, Organisation.ess_family, HeldKind.kind)
        .distinct()
        .select_from(ContractTitulaire)
        .join(Contract, Contract.id == ContractTitulaire.contract_id)
        .join(Organisation, Organisation.id == ContractTitulaire.organisation_id)
        .outerjoin(HeldKind, structure_kind_held())
        .where(scope.running, scope.held)
        .where(or_(HeldKind.kind.is_not(None), Organisation.ess_family.is_not(None)))
    )
    kinds: dict[int, set[OrganisationKind]] = {}
    ess: dict[int, EssFamily | None] = {}
    for id_, family, kind in session.execute(held):
        ess[id_] = family
        kinds.setdefault(id_, set()).update({kind} if kind else ())
    categories = {id_: rules.category_of(held_kinds, ess[id_]) for id_, held_kinds in kinds.items()}
    return {id_: category for id_, category in categories.items() if category is not None}


def _structures(session: Session, scope: Scope) -> dict[StructureCategory, int]:
    counts = dict.fromkeys(StructureCategory, 0)
    for category in structures_of(session, scope).values():
        counts[category] += 1
    return counts


def _euros(session: Session, scope: Scope) -> Euros:
    paid = (
        select(Expense.amount, of_the_ess().label("ess"))
        .join(Contract, Contract.id == Expense.contract_id)
        .join(Organisation, Organisation.id == Expense.organisation_id)
        .where(scope.paid)
        .subquery()
    )
    sums = dict(session.execute(select(paid.c.ess, func.sum(paid.c.amount)).group_by(paid.c.ess)).all())
    return Euros(ess=sums.get(True, Decimal(0)), others=sums.get(False, Decimal(0)))


def launched_of(scope: Scope) -> Select[int, datetime]:
    """Each lot with a decided reservation, and when its consultation opened: in the year or before."""
    return (
        select(Lot.id, func.min(Revision.at).label("at"))
        .join(Project, Project.id == Lot.project_id)
        .join(Revision, and_(Revision.project_id == Project.id, Revision.field == "in_tender"))
        .where(Project.buyer_id == scope.buyer_id)
        .where(or_(Lot.ended_at.is_(None), Lot.ended_at > Revision.at))
        .where(Revision.at <= scope.at, Revision.at < scope.end)
        .where(
            exists().where(
                LotLever.lot_id == Lot.id, LotLever.lever == Lever.RESERVED, LotLever.state == LeverState.DECIDED
            )
        )
        .group_by(Lot.id)
    )


def _launched(session: Session, scope: Scope) -> tuple[date, ...]:
    return tuple(sorted(paris_date(at) for _, at in session.execute(launched_of(scope))))


def promising(scope: Scope) -> Select[Contract, Decimal]:
    """The contracts of the year that promise hours, whatever makes them, and how many. Actions are never hours."""
    promised = promised_hours(scope)
    told = select(Contract, promised.c.hours).join(promised, promised.c.contract_id == Contract.id)
    return told.where(scope.running)


def _contracts(session: Session, scope: Scope) -> tuple[ContractHours, ...]:
    worked = (
        select(Delta.contract_id, _YEAR.label("year"))
        .where(scope.deltas_until)
        .group_by(Delta.contract_id, _YEAR)
        .having(HOURS > 0)
        .subquery()
    )
    last = select(worked.c.contract_id, func.max(worked.c.year).label("year")).group_by(worked.c.contract_id).subquery()
    in_last_year = case((last.c.year == _YEAR, Delta.hours_retained * Delta.sign), else_=0)
    one = (
        select(Delta.contract_id, HOURS.label("hours"), func.sum(in_last_year).label("of_last_year"))
        .select_from(LEDGER)
        .join(last, last.c.contract_id == Delta.contract_id)
        .where(scope.deltas_until)
        .group_by(Delta.contract_id, PERSON)
        .subquery()
    )
    retained = (
        select(
            one.c.contract_id,
            func.sum(one.c.hours).label("hours"),
            _how_many(one.c.hours > 0).label("people"),
            _how_many(one.c.of_last_year > 0).label("people_of_last_year"),
        )
        .group_by(one.c.contract_id)
        .subquery()
    )
    columns = (retained.c.hours, retained.c.people, retained.c.people_of_last_year)
    told = promising(scope).outerjoin(retained, retained.c.contract_id == Contract.id).add_columns(*columns)
    return tuple(
        ContractHours(
            contract.reference,
            contract.object,
            contract.ends_on,
            promised,
            hours or Decimal(0),
            people or 0,
            of_last_year or 0,
        )
        for contract, promised, hours, people, of_last_year in session.execute(told)
    )


def _unlisted_people(session: Session, scope: Scope) -> int:
    """On contracts that promise no hours, or whose end had come before the year of these hours."""
    promised = promised_hours(scope)
    promises = Delta.contract_id.in_(select(promised.c.contract_id))
    had_ended = cast(extract("year", Contract.ends_on), Integer) < cast(_YEAR, Integer)
    one = (
        select(PERSON.label("person_id"), _YEAR.label("year"))
        .select_from(LEDGER)
        .join(Contract, Contract.id == Delta.contract_id)
        .where(scope.deltas_until, or_(~promises, had_ended))
        .group_by(PERSON, _YEAR)
        .having(HOURS > 0)
        .subquery()
    )
    of_last_year = select(func.count()).select_from(one).group_by(one.c.year).order_by(one.c.year.desc()).limit(1)
    return session.scalar(of_last_year) or 0


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
