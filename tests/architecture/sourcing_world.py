"""A question that waits, a public meeting, an exchange: what the buyer of one world does with each."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast.models import Project
from portal.kernel.actor import SYSTEM, Actor
from portal.sourcing import services
from portal.sourcing.facts import MeetingFacts
from portal.vocabulary import PERMISSIONS_OF, Role

if TYPE_CHECKING:
    from tests.architecture.world import World


def sourcing_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    project = session.scalars(select(Project).where(Project.reference == world.objects["published"])).one()
    asking = world.organisations["structure"]
    held = frozenset({Role.STRUCTURE})
    who = world.people[Role.STRUCTURE]
    actor = Actor(who.id, "structure", asking.id, asking.name, held, PERMISSIONS_OF[Role.STRUCTURE])
    question = services.ask(session, project, None, "Le local est-il fourni ?", actor=actor, now=now)
    facts = MeetingFacts(
        title="Rencontre", starts_at=now + timedelta(30), ends_at=now + timedelta(30, hours=2), place="Hôtel de ville"
    )
    meeting = services.set_meeting(session, project.buyer_id, project, facts, actor=SYSTEM, now=now)
    session.flush()
    return {"question": question.public_id, "meeting": meeting.public_id}
