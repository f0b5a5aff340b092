"""How far the eyes of who checks go: contracts, and the buyers whose people they follow whole; which lines count."""

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true

from portal.contracts.models import Contract, ContractFollower
from portal.declarations.models import DelegatedPart, Line
from portal.kernel.actor import SYSTEM, Actor
from portal.vocabulary import PartState, Permission


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


def is_counted(line: type[Line] = Line) -> ColumnElement[bool]:
    """Whether a working line is one that a deposit takes: the declarant's own, or of a part that is handed."""
    handed = exists().where(
        DelegatedPart.declaration_id == line.declaration_id,
        DelegatedPart.employer_id == line.employer_id,
        DelegatedPart.state == PartState.HANDED,
    )
    return or_(line.employer_id.is_(None), handed)
