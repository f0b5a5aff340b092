"""The rows that make each figure, a page at a time: for the buyer's own people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeVarTuple

from sqlalchemy import Select, Subquery, and_, case, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractTitulaire, Expense
from portal.declarations.models import Declaration, Delta
from portal.directory.models import Organisation
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Lot, Project
from portal.indicators.facts import StructureCategory
from portal.indicators.queries.scope import LEDGER, PERSON, Scope
from portal.indicators.queries.year import HOURS, exits_of, launched_of, of_the_ess, structures_of
from portal.indicators.rules import OBSERVED
from portal.kernel.month import Month
from portal.vocabulary import ExitKind

Columns = TypeVarTuple("Columns")

ROWS_A_PAGE = 50

_KEYS = ("contract_id", "organisation_id", "month")


class DeclarationRow(NamedTuple):
    """An accepted declaration, and what it adds to the year: each person is counted on the first one."""

    reference: str
    month: Month
    contract: str
    object: str
    declarant: str
    hours: Decimal
    people: int
    first_counted: int
    exits: int


class PaymentRow(NamedTuple):
    paid_on: date
    contract: str
    object: str
    payee: str
    siret: str
    amount: Decimal
    source_reference: str


class LotRow(NamedTuple):
    project: str
    number: int
    title: str
    at: datetime


@dataclass(frozen=True)
class StructureRow:
    siret: str
    name: str
    category: StructureCategory
    contracts: Sequence[tuple[str, str]]
    """Pairs (reference, object)."""


class Totals(NamedTuple):
    """Of all pages."""

    rows: int
    hours: Decimal
    people: int
    exits: int


def declarations(session: Session, scope: Scope, page: int, *, with_exits: bool) -> list[DeclarationRow]:
    """The accepted declarations of the year in the order of months, or those among them that tell an exit."""
    told = _declarations(scope, with_exits=with_exits)
    columns = (Organisation.shown_name, told.c.hours, told.c.people, told.c.first_counted, told.c.exits)
    rows = (
        select(Declaration.reference, told.c.month, Contract.reference, Contract.object, *columns)
        .select_from(told)
        .join(Declaration, and_(*(getattr(Declaration, key) == told.c[key] for key in _KEYS)))
        .join(Contract, Contract.id == told.c.contract_id)
        .join(Organisation, Organisation.id == told.c.organisation_id)
        .order_by(told.c.month, Contract.reference, Organisation.sort_name, Organisation.id)
    )
    return [DeclarationRow(*row) for row in session.execute(_paged(rows, page))]


def declaration_totals(session: Session, scope: Scope, *, with_exits: bool) -> Totals:
    told = _declarations(scope, with_exits=with_exits)
    sums = (func.sum(told.c[name]) for name in ("hours", "first_counted", "exits"))
    rows, hours, people, exits = session.execute(select(func.count(), *sums).select_from(told)).one()
    return Totals(rows, hours or Decimal(0), int(people or 0), int(exits or 0))


def _declarations(scope: Scope, *, with_exits: bool) -> Subquery:
    exits = _exits_by_declaration(scope)
    line = (
        select(PERSON.label("person_id"), *(getattr(Delta, key) for key in _KEYS), HOURS.label("hours"))
        .select_from(LEDGER)
        .where(scope.deltas)
        .group_by(PERSON, *(getattr(Delta, key) for key in _KEYS))
        .having(func.sum(Delta.sign) > 0)
        .subquery()
    )
    counts = case((line.c.hours > 0, 1), else_=0)
    order = (counts.desc(), line.c.month, line.c.contract_id, line.c.organisation_id)
    rank = func.row_number().over(partition_by=line.c.person_id, order_by=order).label("rank")
    ranked = select(line, counts.label("counts"), rank).subquery()
    first = case((and_(ranked.c.rank == 1, ranked.c.counts == 1), 1), else_=0)
    sums = {"hours": ranked.c.hours, "people": ranked.c.counts, "first_counted": first}
    keys = [ranked.c[key] for key in _KEYS]
    told = select(*keys, *(func.sum(of).label(name) for name, of in sums.items())).group_by(*keys).subquery()
    same = and_(*(told.c[key] == exits.c[key] for key in _KEYS))
    return (
        select(told, func.coalesce(exits.c.exits, 0).label("exits")).join(exits, same, isouter=not with_exits)
    ).subquery()


def _exits_by_declaration(scope: Scope) -> Subquery:
    exit_ = exits_of(scope).subquery()
    observed = [kind for kind in ExitKind if kind.family in OBSERVED]
    keys = [exit_.c[key] for key in _KEYS]
    counted = select(*keys, func.count().label("exits")).where(exit_.c.exit_kind.in_(observed)).group_by(*keys)
    return counted.subquery()


def structures(session: Session, scope: Scope, page: int) -> tuple[list[StructureRow], int]:
    """The structures in the order of names, each with the contracts it held; and how many there are."""
    categories = structures_of(session, scope)
    columns = (Organisation.id, Organisation.siret, Organisation.shown_name)
    named = select(*columns).where(Organisation.id.in_(categories))
    shown = session.execute(_paged(named.order_by(Organisation.sort_name, Organisation.id), page)).all()
    held = (
        select(ContractTitulaire.organisation_id, Contract.reference, Contract.object)
        .join(Contract, Contract.id == ContractTitulaire.contract_id)
        .where(ContractTitulaire.organisation_id.in_([id_ for id_, *_ in shown]))
        .where(scope.running, scope.held)
        .order_by(Contract.reference)
    )
    contracts: dict[int, list[tuple[str, str]]] = {}
    for id_, reference, object_ in session.execute(held):
        if id_ is not None:
            contracts.setdefault(id_, []).append((reference, object_))
    rows = [StructureRow(siret, name, categories[id_], contracts.get(id_, [])) for id_, siret, name in shown]
    return rows, len(categories)


def payments(session: Session, scope: Scope, page: int) -> list[PaymentRow]:
    """What was paid to ESS structures, in the order of days."""
    supplier = (Organisation.shown_name, Organisation.siret)
    columns = (Expense.paid_on, Contract.reference, Contract.object, *supplier, Expense.amount)
    rows = _to_ess(select(*columns, Expense.source_reference), scope).order_by(Expense.paid_on, Expense.id)
    return [PaymentRow(*row) for row in session.execute(_paged(rows, page))]


def payment_totals(session: Session, scope: Scope) -> tuple[int, Decimal]:
    """How many payments to ESS structures, and their sum."""
    count, total = session.execute(_to_ess(select(func.count(Expense.id), func.sum(Expense.amount)), scope)).one()
    return count, total or Decimal(0)


def _to_ess(columns: Select[*Columns], scope: Scope) -> Select[*Columns]:
    return (
        columns.select_from(Expense)
        .join(Contract, Contract.id == Expense.contract_id)
        .join(Organisation, Organisation.id == Expense.organisation_id)
        .where(scope.paid, of_the_ess())
    )


def lots(session: Session, scope: Scope, page: int) -> tuple[list[LotRow], int]:
    """The reserved lots launched up to the end of the year, the latest first; and how many there are."""
    launched = launched_of(scope).subquery()
    rows = (
        select(Project.reference, Lot.number, Project.title, Lot.title, launched.c.at)
        .join(launched, launched.c.id == Lot.id)
        .join(Project, Project.id == Lot.project_id)
        .order_by(launched.c.at.desc(), Lot.id)
    )
    count = session.scalar(select(func.count()).select_from(launched)) or 0
    return [
        LotRow(reference, number, lot_title(project, number, title) if title else project, at)
        for reference, number, project, title, at in session.execute(_paged(rows, page))
    ], count


def _paged(rows: Select[*Columns], page: int) -> Select[*Columns]:
    return rows.limit(ROWS_A_PAGE).offset(ROWS_A_PAGE * (page - 1))
