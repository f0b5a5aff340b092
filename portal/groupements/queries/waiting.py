"""What waits for the organisation one acts for: for the header, the list and the homes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.groupements import translation
from portal.groupements.checklist import checklist
from portal.groupements.models import Groupement
from portal.groupements.points import Point
from portal.groupements.queries.groupements import of_actor, whole
from portal.kernel.actor import Actor
from portal.vocabulary import GroupementState


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the organisation one acts for: what, and by when if it expires."""

    groupement: Groupement
    what: str
    by: date | None
    step: str
    """The key of `checklist.Point`: answer, request, members, terms, propose, accept, seal, file, lots,
    documents."""


def waiting(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    """All that waits for the actor's organisation, the most urgent first: its answers, then the steps it leads."""
    if actor.organisation_id is None:
        return []
    ids = of_actor(actor).with_only_columns(Groupement.id).scalar_subquery()
    groupements = session.scalars(
        whole().where(Groupement.id.in_(ids), Groupement.state.in_(_WITH_TURNS)).order_by(Groupement.id)
    )
    found = [each for groupement in groupements for each in _waiting_in(groupement, actor.organisation_id, now)]
    return sorted(found, key=lambda each: (each.by or date.max, each.groupement.id))


def _waiting_in(groupement: Groupement, organisation_id: int, now: datetime) -> list[Waiting]:
    """Answers one by one; of the steps that whoever leads takes, the first."""
    mine = checklist(translation.facts_of(groupement, now), organisation_id).mine
    answers = [point for point in mine if point.step in _ANSWERS]
    steps = [point for point in mine if point.step not in _ANSWERS]
    return [_wait(groupement, point) for point in [*answers, *steps[:1]]]


_WITH_TURNS = frozenset({GroupementState.FORMING, GroupementState.SEALED})
_ANSWERS = frozenset({"answer", "request", "accept", "documents"})


def _wait(groupement: Groupement, point: Point) -> Waiting:
    return Waiting(groupement, point.mine, point.until, point.step)


def invitations_waiting(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    return [each for each in waiting(session, actor, now) if each.step == "answer"]


def requests_waiting(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    return [each for each in waiting(session, actor, now) if each.step == "request"]


def agreements_to_accept(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    return [each for each in waiting(session, actor, now) if each.step == "accept"]
