"""Who sizes a lot, who says what of it, and whose name is read."""

from portal.forecast import policies as forecast
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission, Role


def can_size(actor: Actor, project: Project) -> bool:
    return forecast.can_write(actor, project.buyer_id)


def ensure_can_size(actor: Actor, project: Project) -> None:
    if not can_size(actor, project):
        raise Refused("Seul le service des achats de cet acheteur calibre ses lots.")


def may_tell(actor: Actor, project: Project) -> bool:
    """A structure, a company or a network; never the buyer about its own purchase."""
    return actor.may(Permission.OPINION_TELL) and actor.organisation_id not in {None, project.buyer_id}


def ensure_may_tell(actor: Actor, project: Project) -> int:
    """The organisation that speaks."""
    if not may_tell(actor, project) or actor.organisation_id is None:
        raise Refused("Seuls les structures, les entreprises et les réseaux disent leur avis, sur le lot d’un autre.")
    return actor.organisation_id


def is_always_named(actor: Actor) -> bool:
    """A network speaks for its members: what it says is read by all, with its name."""
    return Role.NETWORK in actor.roles


def reads_coverage(actor: Actor) -> bool:
    return actor.may(Permission.COVERAGE_READ)


def network_of(actor: Actor) -> int | None:
    """The network that one reads for: it knows its members by name."""
    return actor.organisation_id if Role.NETWORK in actor.roles else None
