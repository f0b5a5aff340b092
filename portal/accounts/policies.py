"""May this person do this here? What they may not see, queries have already hidden (404)."""

from datetime import date

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Claim, Membership
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused
from portal.vocabulary import Permission, Role


def can_manage(actor: Actor, organisation_id: int) -> bool:
    """A manager, acting for this very organisation; or the portal itself."""
    return actor is SYSTEM or (actor.may(Permission.MEMBERS_MANAGE) and actor.organisation_id == organisation_id)


def ensure_can_manage(actor: Actor, organisation_id: int) -> None:
    if not can_manage(actor, organisation_id):
        raise Refused("Seule une personne qui gère les accès de cette organisation peut faire cela.")


def ensure_can_end(actor: Actor, account_id: int, organisation_id: int) -> None:
    """Anyone may leave; only a manager may have someone else leave."""
    if actor.account_id != account_id:
        ensure_can_manage(actor, organisation_id)


def can_end(actor: Actor, membership: Membership) -> bool:
    """A manager does not give the administrator's role, and does not take it away either."""
    return membership.role is not Role.ADMINISTRATOR or actor is SYSTEM or actor.account_id == membership.account_id


def ensure_can_decide(session: Session, actor: Actor, claim: Claim, today: date) -> None:
    """Nobody decides on their own claim, nor beyond what their role lets them see."""
    if claim.account_id == actor.account_id:
        raise Refused("Vous ne pouvez pas répondre à votre propre demande.")
    try:
        queries.claim(session, actor, claim.public_id, today)
    except NotFound:
        raise Refused("Votre rôle ne permet pas de répondre à cette demande.") from None
