"""Who says what of a lot, who reads whose name, and who answers."""

from portal.forecast import policies as forecast
from portal.forecast.models import Project
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import Permission, Role

_READ_NAMES = frozenset({Role.STRUCTURE, Role.NETWORK})

VEILED = Actor(
    account_id=None,
    label="Un fournisseur",
    organisation_id=None,
    organisation_name=None,
    roles=frozenset(),
    permissions=frozenset(),
)
"""Who acts, in a journal that the buyer's own administrator may read: who it was stays with what was said."""


def may_tell_interest(actor: Actor, project: Project) -> bool:
    """A supplier, for the organisation it acts for; never the buyer about its own purchase."""
    return actor.may(Permission.INTEREST_TELL) and actor.organisation_id not in {None, project.buyer_id}


def ensure_may_tell_interest(actor: Actor, project: Project) -> int:
    """The organisation that speaks."""
    if not may_tell_interest(actor, project) or actor.organisation_id is None:
        raise Refused("Seules les structures et les entreprises disent leur intérêt, pour l’achat d’un autre.")
    return actor.organisation_id


def reads_names(actor: Actor) -> bool:
    """Whether it reads the names of those who agreed that other structures and networks do."""
    return bool(actor.roles & _READ_NAMES)


def may_ask(actor: Actor, project: Project) -> bool:
    return actor.may(Permission.QUESTION_ASK) and actor.organisation_id not in {None, project.buyer_id}


def ensure_may_ask(actor: Actor, project: Project) -> tuple[int, int]:
    """The organisation and the person that ask."""
    if not may_ask(actor, project) or actor.organisation_id is None or actor.account_id is None:
        raise Refused("Seuls les structures, les entreprises et leurs réseaux posent une question à un acheteur.")
    return actor.organisation_id, actor.account_id


def can_answer(actor: Actor, buyer_id: int) -> bool:
    return forecast.can_write(actor, buyer_id)


def ensure_can_answer(actor: Actor, buyer_id: int) -> None:
    if not can_answer(actor, buyer_id):
        raise Refused("Seul le service des achats de cet acheteur répond aux fournisseurs.")


def can_hold_meetings(actor: Actor, buyer_id: int) -> bool:
    own = actor.organisation_id == buyer_id
    return actor is SYSTEM or (own and actor.may(Permission.FORECAST_PUBLISH))


def ensure_can_hold_meetings(actor: Actor, buyer_id: int) -> None:
    if not can_hold_meetings(actor, buyer_id):
        raise Refused("Seul le service des achats de cet acheteur annonce ses rencontres.")
