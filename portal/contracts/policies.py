"""May this actor read, write or check this contract? What they may not see, queries hide (404)."""

from portal.contracts.models import Contract
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission


def can_read(actor: Actor, contract: Contract) -> bool:
    """The people of its buyer, of its live titulaires, of who follows it; or the portal itself."""
    if actor is SYSTEM:
        return True
    reads = actor.may(Permission.CONTRACT_READ)
    return reads and (_is_buyer(actor, contract.buyer_id) or holds(actor, contract) or can_check(actor, contract))


def can_write(actor: Actor, contract: Contract) -> bool:
    """Its buyer's purchasing people."""
    return can_write_for(actor, contract.buyer_id)


def can_write_for(actor: Actor, buyer_id: int | None) -> bool:
    return actor is SYSTEM or (actor.may(Permission.CONTRACT_WRITE) and _is_buyer(actor, buyer_id))


def ensure_can_write(actor: Actor, buyer_id: int | None) -> None:
    if not can_write_for(actor, buyer_id):
        raise Refused("Seul le service des achats de l’acheteur peut attribuer et tenir ses marchés.")


def can_check(actor: Actor, contract: Contract) -> bool:
    """The facilitateurs of the organisation that follows it, or of its buyer."""
    if actor is SYSTEM:
        return True
    follows = contract.follower is not None and actor.organisation_id == contract.follower.organisation_id
    return actor.may(Permission.DECLARATION_CHECK) and (follows or _is_buyer(actor, contract.buyer_id))


def holds(actor: Actor, contract: Contract) -> bool:
    """Whether the organisation one acts for is a live titulaire."""
    return actor.organisation_id is not None and any(
        held.organisation_id == actor.organisation_id and held.left_on is None for held in contract.titulaires
    )


def _is_buyer(actor: Actor, buyer_id: int | None) -> bool:
    return buyer_id is not None and actor.organisation_id == buyer_id
