"""A search that the structure's person saved, and the link that stops their alerts."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.alerts import services, stops
from portal.forecast.listing.selection import Selection
from portal.kernel.actor import Actor
from portal.vocabulary import PERMISSIONS_OF, Frequency, Role

if TYPE_CHECKING:
    from tests.architecture.world import World


def alerts_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    person, structure = world.people[Role.STRUCTURE], world.organisations["structure"]
    roles = frozenset({Role.STRUCTURE})
    actor = Actor(person.id, person.display_name, structure.id, structure.name, roles, PERMISSIONS_OF[Role.STRUCTURE])
    search = services.save_search(session, Selection("jardin"), "Jardins", Frequency.WEEKLY, actor=actor, now=now)
    return {
        "saved_search": search.public_id,
        "stop": stops.token(stops.Stop(person.public_id, structure.siret, None)),
    }
