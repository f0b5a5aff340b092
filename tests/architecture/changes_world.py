"""A change of composition that waits for the buyer's answer, on the filed groupement of one world."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.groupements.changes.facts import Request
from portal.groupements.changes.services import ask_change
from portal.groupements.models import Groupement
from portal.kernel.actor import SYSTEM
from portal.vocabulary import CompositionGround, MemberRole

if TYPE_CHECKING:
    from tests.architecture.world import World


def changes_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    filed = select(Groupement).where(Groupement.public_id == world.objects["groupement_filed"])
    groupement = session.scalars(filed).one()
    leaver = next(each for each in groupement.members if each.role is MemberRole.COTRAITANT)
    request = Request(
        member=leaver.public_id,
        ground=CompositionGround.FAILURE,
        explanation="Liquidation.",
        successor_siret=world.siret("applicant"),
    )
    return {"composition_change": ask_change(session, groupement, request, actor=SYSTEM, now=now).public_id}
