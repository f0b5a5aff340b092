"""The groupements that a network coordinates, with what blocks them; and which of its members are in another one.

Of a groupement that it does not coordinate, a network knows that its member is in one: not which, nor for which part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.desks.cockpit.scope import Scope
from portal.groupements import queries, translation
from portal.groupements.checklist import checklist
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.groupements.points import Point
from portal.groupements.views import words
from portal.kernel.french import plural
from portal.vocabulary import GroupementState


@dataclass(frozen=True)
class Followed:
    """One that the network coordinates: where it stands, and what it waits for."""

    groupement: Groupement
    lots: str
    state: str
    mine: Sequence[Point]
    """What waits for the network itself."""
    theirs: Sequence[Point]
    """What waits for others."""

    @property
    def blocked_by(self) -> str:
        """The first thing that it waits for; « et 2 autres points »."""
        points = [*(point.mine for point in self.mine), *(point.theirs for point in self.theirs)]
        if not points:
            return "Rien ne le bloque."
        more = f", et {plural(len(points) - 1, 'autre point', 'autres points')}" if len(points) > 1 else ""
        return f"{points[0]}{more}"


def coordinated(session: Session, scope: Scope) -> Sequence[Groupement]:
    """Those that run, the first to be tendered first."""
    own = queries.whole().where(Groupement.network_id == scope.network_id, Groupement.state.in_(queries.RUNNING))
    found = session.scalars(own.order_by(Groupement.created_at, Groupement.id)).all()
    return sorted(found, key=lambda each: min((lot.planned_on for lot in each.lots), default=each.created_at.date()))


def followed(groupement: Groupement, network_id: int, now: datetime) -> Followed:
    points = checklist(translation.facts_of(groupement, now), network_id)
    blocking = [point for point in points.theirs if groupement.state is not GroupementState.FILED]
    return Followed(
        groupement,
        " ; ".join(lot for lot, _ in words.lots_of(groupement)),
        words.state_words(groupement, now),
        points.mine,
        blocking,
    )


def elsewhere(session: Session, scope: Scope) -> frozenset[int]:
    """The members that are in a groupement which others coordinate, or nobody."""
    others = or_(Groupement.network_id.is_(None), Groupement.network_id != scope.network_id)
    inside = (
        select(Member.organisation_id)
        .join(Groupement, Groupement.id == Member.groupement_id)
        .where(
            Member.organisation_id.in_(scope.members),
            Member.state.in_(ACTIVE),
            Groupement.state.in_(queries.RUNNING),
            others,
        )
    )
    return frozenset(session.scalars(inside.distinct()))
