"""How far the eyes of who checks go: contracts, and the buyers whose people they follow whole."""

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from portal.contracts.models import Contract, ContractFollower
from portal.kernel.actor import SYSTEM, Actor
from portal.vocabulary import Permission


def checked_contracts(actor: Actor) -> Select[int]:
    """The ids of the contracts that one checks: `contracts.policies.can_check`, in SQL."""
    return select(Contract.id).where(_is_checked(actor))


def bought_by_whom_one_checks(actor: Actor) -> Select[int | None]:
    """The ids of the buyers of whom one checks a contract: people's paths are followed whole within a buyer, and never
    from one to another (domain.md § 0 bis)."""
    return select(Contract.buyer_id).where(_is_checked(actor), Contract.buyer_id.is_not(None)).distinct()


def _is_checked(actor: Actor) -> ColumnElement[bool]:
    if actor is SYSTEM:
        return true()
    mine = actor.organisation_id
    if mine is None or not actor.may(Permission.DECLARATION_CHECK):
        return false()
    followed = select(ContractFollower.contract_id).where(
        ContractFollower.organisation_id == mine, ContractFollower.until.is_(None)
    )
    return or_(Contract.buyer_id == mine, Contract.id.in_(followed))
