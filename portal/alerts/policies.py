"""Following and saving searches is everyone's who acts for an organisation; what one follows is one's own alone."""

from portal.alerts.models import SavedSearch
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Refused


def can_follow(actor: Actor) -> bool:
    return actor.account_id is not None and actor.organisation_id is not None


def ensure_can_follow(actor: Actor) -> tuple[int, int]:
    """The person, and the organisation they follow for."""
    if actor.account_id is None or actor.organisation_id is None:
        raise Refused("Rejoignez d’abord une organisation : les alertes se règlent pour chacune.")
    return actor.account_id, actor.organisation_id


def ensure_own(actor: Actor, search: SavedSearch) -> None:
    """Raises NotFound for somebody else's search, or one saved for another organisation."""
    if (search.account_id, search.organisation_id) != (actor.account_id, actor.organisation_id):
        raise NotFound
