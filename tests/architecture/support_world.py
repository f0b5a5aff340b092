"""A support action that the buyer of one world follows."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.sourcing.support import services
from portal.sourcing.support.facts import SupportFacts
from portal.vocabulary import PERMISSIONS_OF, Role, SupportKind

if TYPE_CHECKING:
    from tests.architecture.world import World


def support_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    buyer, held = world.organisations["buyer"], frozenset({Role.PURCHASING})
    actor = Actor(None, "achats", buyer.id, buyer.name, held, PERMISSIONS_OF[Role.PURCHASING])
    facts = SupportFacts(SupportKind.TRAINING, "Le service", "Apprendre à chiffrer", paris_date(now))
    action = services.note(session, world.organisations["structure"], facts, actor=actor, now=now)
    session.flush()
    return {"support_action": action.public_id}
