"""Who reads, writes and answers a purchase request. What they may not see, queries hide (404)."""

from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused
from portal.requests import rules
from portal.requests.models import PurchaseRequest
from portal.vocabulary import Permission


def can_read(actor: Actor, request: PurchaseRequest) -> bool:
    """Its author; once it was filed, those of the same buyer who file or answer requests."""
    if actor is SYSTEM or is_author(actor, request):
        return True
    return request.filed_at is not None and _files_for(actor, request.buyer_id)


def can_write(actor: Actor, request: PurchaseRequest) -> bool:
    """Its author, as long as it is a draft or was given back."""
    return is_author(actor, request) and request.state in rules.EDITABLE


def is_author(actor: Actor, request: PurchaseRequest) -> bool:
    """Who wrote it, acting for the buyer it was written for."""
    return actor.account_id == request.account_id and _files_for(actor, request.buyer_id)


def can_answer(actor: Actor, buyer_id: int) -> bool:
    return actor is SYSTEM or (actor.may(Permission.REQUEST_ANSWER) and actor.organisation_id == buyer_id)


def ensure_author(actor: Actor, request: PurchaseRequest) -> None:
    if not (actor is SYSTEM or is_author(actor, request)):
        raise Refused("Seule la personne qui a écrit cette demande peut la changer.")


def ensure_can_answer(actor: Actor, buyer_id: int) -> None:
    if not can_answer(actor, buyer_id):
        raise Refused("Seul le service des achats de cet acheteur répond à ses demandes et règle ses coefficients.")


def ensure_can_file(actor: Actor) -> int:
    """The buyer that one files for."""
    if not actor.may(Permission.REQUEST_FILE) or actor.organisation_id is None:
        raise Refused("Seules les personnes d’un acheteur déposent une demande d’achat.")
    return actor.organisation_id


def ensure_of_buyer(actor: Actor, buyer_id: int | None) -> int:
    """The buyer that one files for, of whom something is to be renewed. Raises NotFound for another's."""
    mine = ensure_can_file(actor)
    if buyer_id != mine:
        raise NotFound
    return mine


def _files_for(actor: Actor, buyer_id: int) -> bool:
    may = actor.may(Permission.REQUEST_FILE) or actor.may(Permission.REQUEST_ANSWER)
    return may and actor.organisation_id == buyer_id
