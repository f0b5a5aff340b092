"""What a groupement is to this actor. What it is nothing to does not exist for them: 404."""

from datetime import datetime
from enum import Enum

from portal.groupements import rules
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused
from portal.vocabulary import GroupementState, MemberRole, MemberState, Permission, Role


class Place(Enum):
    """Where the organisation that one acts for stands."""

    LEADER = "leader"
    """The mandataire, or the network that coordinates: holds the pen."""
    MEMBER = "member"
    INVITED = "invited"
    """Reads what it needs to answer."""
    OUTSIDE = "outside"
    """Asks to join, or has declined, left, let the invitation expire: reads what became of it."""
    BUYER = "buyer"
    """Reads what the DC1 says, once the candidacy is filed."""

    @property
    def is_inside(self) -> bool:
        return self in {Place.LEADER, Place.MEMBER}


def place_of(actor: Actor, groupement: Groupement, now: datetime) -> Place | None:
    """None: the groupement does not exist for this actor, an administrator or another network included."""
    if actor is SYSTEM:
        return Place.LEADER
    if actor.organisation_id is None:
        return None
    if actor.may(Permission.GROUPEMENT_JOIN) and (found := _supplier_s_place(actor.organisation_id, groupement, now)):
        return found
    reads = actor.may(Permission.FORECAST_READ) and actor.organisation_id == groupement.project.buyer_id
    return Place.BUYER if reads and groupement.state in rules.KNOWN_TO_BUYER else None


def _supplier_s_place(organisation_id: int, groupement: Groupement, now: datetime) -> Place | None:
    if groupement.network_id == organisation_id:
        return Place.LEADER
    member = member_of(groupement, organisation_id)
    if member is None:
        return None
    if member.state in ACTIVE:
        return Place.LEADER if member.role is MemberRole.MANDATAIRE else Place.MEMBER
    is_awaited = member.state is MemberState.INVITED and not rules.has_expired(member.expires_at, now)
    return Place.INVITED if is_awaited and groupement.state is GroupementState.FORMING else Place.OUTSIDE


def member_of(groupement: Groupement, organisation_id: int | None) -> Member | None:
    return next((member for member in groupement.members if member.organisation_id == organisation_id), None)


def opens_as_network(actor: Actor) -> bool:
    """A network head opens a groupement that it coordinates without being in it."""
    return Role.NETWORK in actor.roles and not actor.roles & {Role.STRUCTURE, Role.TITULAIRE}


def ensure_can_open(actor: Actor) -> int:
    """The organisation that opens."""
    if not actor.may(Permission.GROUPEMENT_JOIN) or actor.organisation_id is None:
        raise Refused("Seules une structure, une entreprise ou une tête de réseau ouvrent un groupement.")
    return actor.organisation_id


def can_lead(actor: Actor, groupement: Groupement, now: datetime) -> bool:
    return place_of(actor, groupement, now) is Place.LEADER


def ensure_can_lead(actor: Actor, groupement: Groupement, now: datetime) -> None:
    if not can_lead(actor, groupement, now):
        raise Refused("Seuls le mandataire et le réseau qui coordonne tiennent la plume de ce groupement.")


def own_membership(actor: Actor, groupement: Groupement, *states: MemberState) -> Member:
    """The membership of the organisation one acts for, when it is in one of these states. Raises NotFound."""
    member = member_of(groupement, actor.organisation_id) if actor.may(Permission.GROUPEMENT_JOIN) else None
    if member is None or member.state not in states:
        raise NotFound
    return member


def can_award(actor: Actor, groupement: Groupement) -> bool:
    own = actor.organisation_id == groupement.project.buyer_id
    return actor is SYSTEM or (own and actor.may(Permission.CONTRACT_WRITE))
