"""Who reads and decides simulated penalties, who reads a pool. What one may not see, queries hide (404)."""

from portal.contracts import policies as contracts
from portal.contracts.models import CommitmentPool, Contract
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission


def can_read_penalties(actor: Actor, contract: Contract) -> bool:
    """The buyer's purchasing, legal and direction people, and the facilitateurs who follow: no titulaire."""
    if actor is SYSTEM:
        return True
    is_buyer = contract.buyer_id is not None and actor.organisation_id == contract.buyer_id
    return actor.may(Permission.PENALTY_READ) and (is_buyer or contracts.can_check(actor, contract))


def can_decide(actor: Actor, contract: Contract) -> bool:
    """The buyer's purchasing and legal people."""
    is_buyer = contract.buyer_id is not None and actor.organisation_id == contract.buyer_id
    return actor is SYSTEM or (actor.may(Permission.PENALTY_DECIDE) and is_buyer)


def ensure_can_decide(actor: Actor, contract: Contract) -> None:
    if not can_decide(actor, contract):
        raise Refused("Seuls les services des achats et juridique de l’acheteur décident des pénalités.")


def can_keep(actor: Actor, pool: CommitmentPool) -> bool:
    return contracts.can_write_for(actor, pool.buyer_id)
