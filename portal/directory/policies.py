"""Who may do what to an organisation and to its affiliations."""

from portal.directory.models import Affiliation, Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import Permission, Role


def can_edit(actor: Actor, organisation: Organisation) -> bool:
    """Its own people, with the permission to."""
    return actor.may(Permission.ORGANISATION_EDIT) and actor.organisation_id == organisation.id


def ensure_can_edit(actor: Actor, organisation: Organisation) -> None:
    """The edit page of another organisation does not exist: NotFound."""
    if not can_edit(actor, organisation):
        raise NotFound


def can_ask(actor: Actor, structure: Organisation) -> bool:
    return actor.may(Permission.AFFILIATION_ASK) and actor.organisation_id == structure.id


def can_decide(actor: Actor, affiliation: Affiliation) -> bool:
    """The network's people accept or decline what a structure asked."""
    return actor.may(Permission.AFFILIATION_DECIDE) and actor.organisation_id == affiliation.network_id


def can_end(actor: Actor, affiliation: Affiliation) -> bool:
    """Either side ends it, whenever it wants."""
    asks = actor.may(Permission.AFFILIATION_ASK) and actor.organisation_id == affiliation.structure_id
    return asks or can_decide(actor, affiliation)


def can_see_networks(actor: Actor, organisation: Organisation) -> bool:
    """Its own people on either side; others only see accepted affiliations, on the public page."""
    return actor.organisation_id == organisation.id and (
        actor.may(Permission.AFFILIATION_ASK) or actor.may(Permission.AFFILIATION_DECIDE)
    )


def can_tell_capacity(actor: Actor, organisation: Organisation) -> bool:
    """Its own people, those who answer purchases for it."""
    return actor.may(Permission.CAPACITY_TELL) and actor.organisation_id == organisation.id


def ensure_can_tell_capacity(actor: Actor, organisation: Organisation) -> None:
    """The capacity page of another organisation does not exist: NotFound."""
    if not can_tell_capacity(actor, organisation):
        raise NotFound


def can_read_capacity(actor: Actor, organisation: Organisation, *, is_own_network: bool) -> bool:
    """Its own people, the buyers and facilitateurs of the portal, the networks that count it among their members.

    Never the public nor other suppliers: what one could carry next year is what a competitor would like to know.
    """
    if not actor.is_signed_in:
        return False
    buys = actor.may(Permission.FORECAST_READ) or Role.FACILITATEUR in actor.roles
    leads = is_own_network and Role.NETWORK in actor.roles
    return actor.organisation_id == organisation.id or buys or leads
