"""May this actor read, write, check or publish this buyer's forecast? What they may not see, queries hide (404)."""

from portal.forecast.models import Project
from portal.forecast.settings import Settings
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission, Role


def can_read_drafts(actor: Actor, buyer_id: int) -> bool:
    """The buyer's own people; or the portal itself."""
    return _may_here(actor, Permission.FORECAST_READ, buyer_id)


def can_write(actor: Actor, buyer_id: int) -> bool:
    return _may_here(actor, Permission.FORECAST_WRITE, buyer_id)


def can_check(actor: Actor, buyer_id: int, settings: Settings) -> bool:
    """The legal department; purchasing too, unless the buyer keeps it to the former."""
    if not _may_here(actor, Permission.FORECAST_CHECK, buyer_id):
        return False
    return actor is SYSTEM or not settings.legal_checks_only or Role.LEGAL in actor.roles


def can_publish(actor: Actor, buyer_id: int) -> bool:
    return _may_here(actor, Permission.FORECAST_PUBLISH, buyer_id)


def ensure_can_write(actor: Actor, buyer_id: int) -> None:
    if not can_write(actor, buyer_id):
        raise Refused("Seul le service des achats de cet acheteur peut écrire sa programmation.")


def ensure_can_check(actor: Actor, buyer_id: int, settings: Settings) -> None:
    if not can_check(actor, buyer_id, settings):
        raise Refused("Seul le service juridique de cet acheteur peut contrôler ces leviers.")


def ensure_can_publish(actor: Actor, project: Project) -> None:
    if not can_publish(actor, project.buyer_id):
        raise Refused("Seul le service des achats de cet acheteur peut publier ou abandonner un projet.")


def _may_here(actor: Actor, permission: Permission, buyer_id: int) -> bool:
    return actor is SYSTEM or (actor.may(permission) and actor.organisation_id == buyer_id)
