"""Purchase requests out of the database, for those who may read them, and a buyer's coefficients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.requests import policies, rules
from portal.requests.estimates import DEFAULTS, Coefficients, Origin
from portal.requests.models import HoursCoefficient, PurchaseRequest
from portal.vocabulary import RequestState, Trade

PAGE_SIZE = 20

_TURN_OF_PURCHASING = (RequestState.FILED, RequestState.RETURNED, RequestState.DRAFT, RequestState.TAKEN)
_TURN_OF_AUTHOR = (RequestState.RETURNED, RequestState.DRAFT, RequestState.FILED, RequestState.TAKEN)


def visible(session: Session, actor: Actor, public_id: str) -> PurchaseRequest:
    """A request that the actor may read, with all that its pages show; NotFound otherwise."""
    request = session.scalar(_whole().where(PurchaseRequest.public_id == public_id))
    if request is None or not policies.can_read(actor, request):
        raise NotFound
    return request


def own(session: Session, actor: Actor, public_id: str) -> PurchaseRequest:
    """A request that the actor wrote; NotFound otherwise, even when they may read it."""
    request = visible(session, actor, public_id)
    if not policies.is_author(actor, request):
        raise NotFound
    return request


def by_id(session: Session, request_id: int) -> PurchaseRequest:
    return session.scalars(_whole().where(PurchaseRequest.id == request_id)).one()


@dataclass(frozen=True)
class Found:
    """One page of requests, those whose turn it is first, and how many there are in each state."""

    requests: Sequence[PurchaseRequest]
    counts: Mapping[RequestState, int]
    page: int
    last_page: int


def found(session: Session, actor: Actor, state: RequestState | None = None, page: int = 1) -> Found:
    """For purchasing, all that was filed and one's own drafts; for others, what they wrote. Two statements."""
    answers = policies.can_answer(actor, actor.organisation_id or 0)
    scope = _scope(actor, answers=answers)
    tally = select(PurchaseRequest.state, func.count()).where(scope).group_by(PurchaseRequest.state)
    counts = dict(session.execute(tally).all())
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    page = page_within(page, total, PAGE_SIZE)
    wanted = select(PurchaseRequest).options(joinedload(PurchaseRequest.project)).where(scope)
    if state is not None:
        wanted = wanted.where(PurchaseRequest.state == state)
    wanted = wanted.order_by(*_in_turn(_TURN_OF_PURCHASING if answers else _TURN_OF_AUTHOR))
    rows = session.scalars(wanted.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).unique().all()
    return Found(rows, counts, page, last_page(total, PAGE_SIZE))


def _scope(actor: Actor, *, answers: bool) -> ColumnElement[bool]:
    mine = PurchaseRequest.account_id == actor.account_id
    known = or_(mine, PurchaseRequest.filed_at.is_not(None)) if answers else mine
    return and_(PurchaseRequest.buyer_id == actor.organisation_id, known)


def _in_turn(states: Sequence[RequestState]) -> tuple[ColumnElement[Any], ...]:
    ranks = {state: rank for rank, state in enumerate(states)}
    turn = case(*((PurchaseRequest.state == state, rank) for state, rank in ranks.items()), else_=len(ranks))
    return (turn, PurchaseRequest.saved_at.desc(), PurchaseRequest.id.desc())


def waiting(session: Session, actor: Actor) -> int:
    """How many requests wait for the purchasing people one belongs to."""
    filed = (PurchaseRequest.buyer_id == actor.organisation_id, PurchaseRequest.state == RequestState.FILED)
    return session.scalar(select(func.count()).select_from(PurchaseRequest).where(*filed)) or 0


def given_back(session: Session, actor: Actor) -> int:
    """How many of one's own requests were given back to be completed."""
    mine = (PurchaseRequest.buyer_id == actor.organisation_id, PurchaseRequest.account_id == actor.account_id)
    returned = select(func.count()).select_from(PurchaseRequest)
    return session.scalar(returned.where(*mine, PurchaseRequest.state == RequestState.RETURNED)) or 0


def of_project(session: Session, project_id: int) -> PurchaseRequest | None:
    """What a project came from."""
    return session.scalar(select(PurchaseRequest).where(PurchaseRequest.project_id == project_id))


def of_contract(session: Session, buyer_id: int, contract_id: int, account_id: int | None) -> PurchaseRequest | None:
    """The live request by which one person renews a contract."""
    return session.scalar(_live(buyer_id, account_id).where(PurchaseRequest.contract_id == contract_id).limit(1))


def of_renewed(session: Session, buyer_id: int, project_id: int, account_id: int | None) -> PurchaseRequest | None:
    """The live request by which one person repeats an old project."""
    return session.scalar(_live(buyer_id, account_id).where(PurchaseRequest.renewed_project_id == project_id).limit(1))


def _live(buyer_id: int, account_id: int | None) -> Select[PurchaseRequest]:
    mine = (PurchaseRequest.buyer_id == buyer_id, PurchaseRequest.account_id == account_id)
    return select(PurchaseRequest).where(*mine, PurchaseRequest.state.in_(rules.WITHDRAWABLE))


def stored_coefficients(session: Session, buyer_id: int) -> dict[Trade, HoursCoefficient]:
    """What a buyer chose for itself, by trade."""
    rows = session.scalars(select(HoursCoefficient).where(HoursCoefficient.buyer_id == buyer_id))
    return {row.trade: row for row in rows}


def coefficients_of(session: Session, buyer_id: int, trade: Trade) -> Coefficients:
    """The buyer's own for a trade, else the portal's."""
    own_row = (HoursCoefficient.buyer_id == buyer_id, HoursCoefficient.trade == trade)
    row = session.scalar(select(HoursCoefficient).where(*own_row))
    return told_by(row) if row else DEFAULTS[trade]


def told_by(row: HoursCoefficient) -> Coefficients:
    return Coefficients(row.labour_share, row.insertion_rate, row.hourly_cost, row.support_cost, Origin.BUYER)


def _whole() -> Select[PurchaseRequest]:
    """With its buyer's territory, the contract or project it repeats, and what it became."""
    return select(PurchaseRequest).options(
        joinedload(PurchaseRequest.buyer).options(selectinload(Organisation.served), joinedload(Organisation.commune)),
        joinedload(PurchaseRequest.contract).options(selectinload(Contract.titulaires)),
        joinedload(PurchaseRequest.project),
        joinedload(PurchaseRequest.renewed_project),
    )
