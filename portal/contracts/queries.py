"""Contracts out of the database, for those who may read them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true, union_all
from sqlalchemy.orm import Load, Session, joinedload, selectinload

from portal.contracts import policies
from portal.contracts.models import Contract, ContractFollower, ContractTitulaire, PurchaseOrder, contract_search
from portal.directory.models import Organisation, organisation_search
from portal.directory.queries.listing import with_whole_numbers
from portal.directory.queries.organisations import being
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.vocabulary import OrganisationKind, Permission

PAGE_SIZE = 20
MOST_OFFERED = 12
"""Organisations offered to a choice: beyond, another word finds better than a longer list."""


def visible(session: Session, actor: Actor, reference: str) -> Contract:
    """A contract of one's buyer, one that one's organisation holds, or follows; NotFound otherwise."""
    contract = session.scalar(whole(select(Contract)).where(Contract.reference == reference))
    if contract is None or not policies.can_read(actor, contract):
        raise NotFound
    return contract


def of_actor(actor: Actor) -> Select[Contract]:
    """All the contracts that `visible` would give, in no order, with nothing loaded beside."""
    return select(Contract).where(_visible_to(actor))


@dataclass(frozen=True)
class Sought:
    """Which of one's contracts to list. `running` on a day: not ended; None: all."""

    words: str = ""
    running: bool | None = None


@dataclass(frozen=True)
class Found:
    """One page of the contracts sought, the last notified first."""

    contracts: Sequence[Contract]
    total: int
    page: int
    last_page: int


def found(session: Session, actor: Actor, sought: Sought, day: date, page: int = 1) -> Found:
    """A page of one's contracts, in a fixed number of statements."""
    wanted = of_actor(actor).where(*_conditions(sought, day))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = page_within(page, total, PAGE_SIZE)
    rows = with_holders(wanted).options(selectinload(Contract.commitments))
    rows = rows.order_by(Contract.notified_on.desc(), Contract.id.desc())
    return Found(
        session.scalars(rows.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all(),
        total,
        page,
        last_page(total, PAGE_SIZE),
    )


def _conditions(sought: Sought, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    matching = contract_search.ids_matching(with_whole_numbers(sought.words), prefix=True)
    if matching is not None:
        conditions.append(Contract.id.in_(matching))
    if sought.running is not None:
        runs = or_(Contract.ends_on.is_(None), Contract.ends_on >= day)
        conditions.append(runs if sought.running else ~runs)
    return conditions


def organisations_called(
    session: Session, words: str, day: date, kind: OrganisationKind | None = None
) -> Sequence[Organisation]:
    """The first organisations of the directory found by name, city or SIRET, by name; all of a kind without words."""
    matching = organisation_search.ids_matching(with_whole_numbers(words), prefix=True)
    if matching is None and kind is None:
        return []
    wanted = select(Organisation).options(selectinload(Organisation.kinds))
    if matching is not None:
        wanted = wanted.where(Organisation.id.in_(matching))
    if kind is not None:
        wanted = wanted.where(being([kind], day))
    in_order = wanted.order_by(Organisation.sort_name.concat(""), Organisation.siret)
    return session.scalars(in_order.limit(MOST_OFFERED)).all()


def numbered(session: Session, sirets: Collection[str]) -> Sequence[Organisation]:
    """The organisations of the directory that bear these SIRETs."""
    if not sirets:
        return []
    return session.scalars(select(Organisation).where(Organisation.siret.in_(sirets)).options(*bare())).all()


@dataclass(frozen=True)
class FoundOrders:
    """One page of the orders of a contract, the last one first, and what all of them make."""

    orders: Sequence[PurchaseOrder]
    total: int
    euros: Decimal
    page: int
    last_page: int


def orders_of(session: Session, contract: Contract, page: int = 1) -> FoundOrders:
    mine = select(PurchaseOrder).where(PurchaseOrder.contract_id == contract.id)
    counts = mine.with_only_columns(func.count(), func.coalesce(func.sum(PurchaseOrder.amount), 0))
    total, euros = session.execute(counts).one()
    page = page_within(page, total, PAGE_SIZE)
    rows = mine.order_by(PurchaseOrder.ordered_on.desc(), PurchaseOrder.id.desc())
    shown = session.scalars(rows.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    return FoundOrders(shown, total, Decimal(euros), page, last_page(total, PAGE_SIZE))


def held_by(session: Session, organisation_id: int, most: int) -> tuple[Sequence[Contract], int]:
    """The last contracts that an organisation was awarded, with their buyer, and how many there are."""
    held = select(Contract).join(Contract.titulaires).where(ContractTitulaire.organisation_id == organisation_id)
    total = session.scalar(select(func.count()).select_from(held.subquery())) or 0
    last = held.order_by(Contract.notified_on.desc(), Contract.id.desc()).limit(most)
    with_buyer = last.options(joinedload(Contract.buyer).options(*bare()))
    return session.scalars(with_buyer).all() if total else [], total


@dataclass(frozen=True, slots=True)
class Holder:
    """A titulaire, as everyone may read it."""

    siret: str | None
    name: str
    is_mandataire: bool


def holders_of(session: Session, contract_ids: Collection[int]) -> Mapping[int, tuple[Holder, ...]]:
    """Those of each contract, the mandataire first, without loading the contracts: one statement at most."""
    if not contract_ids:
        return {}
    held = ContractTitulaire
    shown = func.coalesce(Organisation.shown_name, func.nullif(held.name, ""), held.identifier)
    rows = session.execute(
        select(held.contract_id, Organisation.siret, shown, held.is_mandataire)
        .outerjoin(Organisation, Organisation.id == held.organisation_id)
        .where(held.contract_id.in_(contract_ids))
        .order_by(held.contract_id, held.is_mandataire.desc(), held.position, held.id)
    )
    found: dict[int, tuple[Holder, ...]] = {}
    for contract_id, siret, name, is_mandataire in rows:
        found[contract_id] = (*found.get(contract_id, ()), Holder(siret, name, is_mandataire))
    return found


def with_holders(contracts: Select[Contract]) -> Select[Contract]:
    """With the buyer and the titulaires, in a fixed number of statements."""
    held = selectinload(Contract.titulaires).joinedload(ContractTitulaire.organisation)
    return contracts.options(joinedload(Contract.buyer).options(*bare()), held.options(*bare()))


def bare() -> tuple[Load, ...]:
    """An organisation by its name, without what it offers and where."""
    return Load(Organisation).lazyload(Organisation.offered), Load(Organisation).lazyload(Organisation.served)


def whole(contracts: Select[Contract]) -> Select[Contract]:
    """With all that its page shows."""
    return with_holders(contracts).options(
        selectinload(Contract.commitments),
        selectinload(Contract.suspensions),
        selectinload(Contract.amendments),
        joinedload(Contract.pool),
        selectinload(Contract.followers).joinedload(ContractFollower.organisation).options(*bare()),
    )


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """`policies.can_read`, in SQL."""
    if actor is SYSTEM:
        return true()
    mine = actor.organisation_id
    if mine is None or not actor.may(Permission.CONTRACT_READ):
        return false()
    held = (ContractTitulaire.organisation_id == mine, ContractTitulaire.left_on.is_(None))
    ids = [
        select(Contract.id).where(Contract.buyer_id == mine),
        select(ContractTitulaire.contract_id).where(*held),
    ]
    if actor.may(Permission.DECLARATION_CHECK):
        followed = (ContractFollower.organisation_id == mine, ContractFollower.until.is_(None))
        ids.append(select(ContractFollower.contract_id).where(*followed))
    return Contract.id.in_(union_all(*ids))
