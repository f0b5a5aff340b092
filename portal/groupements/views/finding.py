"""How the views find a groupement, at the present instant."""

from sqlalchemy.orm import Session

from portal.groupements import queries
from portal.groupements.models import Groupement
from portal.kernel import clock
from portal.kernel.actor import Actor


def visible(session: Session, actor: Actor, public_id: str) -> Groupement:
    return queries.visible(session, actor, public_id, clock.utc_now())


def inside(session: Session, actor: Actor, public_id: str) -> Groupement:
    return queries.inside(session, actor, public_id, clock.utc_now())


def led(session: Session, actor: Actor, public_id: str) -> Groupement:
    return queries.led(session, actor, public_id, clock.utc_now())


def invited_to(session: Session, actor: Actor, public_id: str) -> Groupement:
    return queries.invited_to(session, actor, public_id, clock.utc_now())


joinable = queries.joinable
awardable = queries.awardable
