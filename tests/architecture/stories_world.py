"""Stories of one world: one waiting for the structure's agreement, one that anyone reads."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import services as contracts
from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Contract
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.stories import services
from portal.stories.rules import Texts
from portal.vocabulary import Trade

if TYPE_CHECKING:
    from tests.architecture.world import World

_TEXTS = Texts(
    trade=Trade.CLEANING, title="Des gymnases propres", context="Un besoin", practice="Un soin", result="Bien"
)


def stories_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    held = session.scalars(select(Contract).where(Contract.reference == world.objects["contract"])).one()
    waiting = services.write(session, held, _TEXTS, actor=SYSTEM, now=now)
    services.ask(session, waiting, expected_version=waiting.version, actor=SYSTEM, now=now)
    structure = world.organisations["structure"]
    facts = NewContract(
        buyer_id=world.organisations["buyer"].id,
        number="2024E007",
        object="Nettoyage des salles",
        trade=Trade.CLEANING,
        notified_on=date(2024, 1, 8),
        titulaires=(HeldBy(organisation_id=structure.id),),
    )
    told = contracts.create_contract(session, facts, actor=SYSTEM, now=now)
    story = services.write(session, told, _TEXTS, actor=SYSTEM, now=now)
    services.note_agreement(
        session,
        story,
        structure,
        told_on=clock.paris_date(now),
        told_by="la direction",
        expected_version=story.version,
        actor=SYSTEM,
        now=now,
    )
    services.publish(session, story, expected_version=story.version, actor=SYSTEM, now=now)
    return {"story": waiting.public_id, "story_public": story.public_id, "contract_told": told.reference}
