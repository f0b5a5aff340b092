"""Who writes a story, and who answers for an organisation named in it."""

from portal.forecast import policies as forecast
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.stories.models import StoryAgreement, SuccessStory
from portal.vocabulary import Permission


def can_write(actor: Actor, buyer_id: int | None) -> bool:
    """The buyer's purchasing people."""
    return buyer_id is not None and forecast.can_write(actor, buyer_id)


def ensure_can_write(actor: Actor, buyer_id: int | None) -> None:
    if not can_write(actor, buyer_id):
        raise Refused("Seul le service des achats de cet acheteur écrit ses exemples.")


def agreement_of(actor: Actor, story: SuccessStory) -> StoryAgreement | None:
    """The one that the actor's organisation was asked for, when the actor files for it."""
    if not actor.may(Permission.DECLARATION_FILE):
        return None
    mine = (each for each in story.agreements if each.organisation_id == actor.organisation_id)
    return next((each for each in mine if each.asked_at is not None), None)


def ensure_can_answer(actor: Actor, agreement: StoryAgreement) -> None:
    speaks = actor.may(Permission.DECLARATION_FILE) and actor.organisation_id == agreement.organisation_id
    if not (speaks or actor is SYSTEM):
        raise Refused("Seules les personnes de cette structure répondent pour elle.")
