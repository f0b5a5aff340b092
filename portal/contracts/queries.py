"""Contracts out of the database, for those who may read them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, false, select, true, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.contracts import policies
from portal.contracts.models import Contract, ContractFollower, ContractTitulaire
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import Permission


def visible(session: Session, actor: Actor, reference: str) -> Contract:
    """A contract of one's buyer, one that one's organisation holds, or follows; NotFound otherwise."""
    contract = session.scalar(whole(select(Contract)).where(Contract.reference == reference))
    if contract is None or not policies.can_read(actor, contract):
        raise NotFound
    return contract


def of_actor(actor: Actor) -> Select[Contract]:
    """All the contracts that `visible` would give, in no order, with nothing loaded beside."""
    return select(Contract).where(_visible_to(actor))


def ending_between(session: Session, buyer_id: int, start: date, end: date) -> Sequence[Contract]:
    """The contracts of a buyer that end between two civil days, both included, the first to end first."""
    ending = select(Contract).where(Contract.buyer_id == buyer_id, Contract.ends_on.between(start, end))
    return session.scalars(with_holders(ending).order_by(Contract.ends_on, Contract.id)).all()


def with_holders(contracts: Select[Contract]) -> Select[Contract]:
    """With the buyer and the titulaires, in a fixed number of statements."""
    return contracts.options(
        joinedload(Contract.buyer), selectinload(Contract.titulaires).joinedload(ContractTitulaire.organisation)
    )


def whole(contracts: Select[Contract]) -> Select[Contract]:
    """With all that its page shows."""
    return with_holders(contracts).options(
        selectinload(Contract.commitments),
        selectinload(Contract.suspensions),
        selectinload(Contract.followers).joinedload(ContractFollower.organisation),
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
