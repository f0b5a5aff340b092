"""May this actor read a buyer's year under way, or freeze a year? What they may not see, queries hide (404)."""

from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission


def can_read(actor: Actor, buyer_id: int) -> bool:
    """The buyer's own people: the year under way, and the rows that make each figure."""
    return _may_here(actor, Permission.RESULTS_READ, buyer_id)


def can_freeze(actor: Actor, buyer_id: int) -> bool:
    return _may_here(actor, Permission.RESULTS_FREEZE, buyer_id)


def ensure_can_freeze(actor: Actor, buyer_id: int) -> None:
    if not can_freeze(actor, buyer_id):
        raise Refused("Seule la direction de cet acheteur peut arrêter les résultats d’une année.")


def ensure_can_tell_mandates(actor: Actor, buyer_id: int) -> None:
    if not can_freeze(actor, buyer_id):
        raise Refused("Seule la direction de cet acheteur peut dire les mandats de son assemblée.")


def _may_here(actor: Actor, permission: Permission, buyer_id: int) -> bool:
    return actor is SYSTEM or (actor.may(permission) and actor.organisation_id == buyer_id)
