"""Who asks for a change of composition, and who answers."""

from datetime import datetime

from portal.groupements import policies
from portal.groupements.models import Groupement, Member
from portal.groupements.policies import Place
from portal.kernel.actor import Actor
from portal.kernel.errors import Refused
from portal.vocabulary import MemberRole


def can_ask(actor: Actor, groupement: Groupement, now: datetime) -> bool:
    """Those inside: whoever holds the pen; and any member when it is the mandataire that fails."""
    place = policies.place_of(actor, groupement, now)
    return place is not None and place.is_inside


def ensure_can_ask(actor: Actor, groupement: Groupement, leaver: Member, now: datetime) -> None:
    """R2142-26: « le groupement » asks. A mandataire that fails cannot be the only one able to say so."""
    place = policies.place_of(actor, groupement, now)
    if place is Place.MEMBER and leaver.role is MemberRole.MANDATAIRE:
        return
    if place is not Place.LEADER:
        raise Refused(
            "Seuls le mandataire et le réseau qui coordonne le demandent ; les membres peuvent demander qu’on remplace "
            "le mandataire."
        )


def ensure_can_decide(actor: Actor, groupement: Groupement) -> None:
    if not policies.can_award(actor, groupement):
        raise Refused("Seul le service des achats de cet acheteur répond à cette demande (R2142-26).")
