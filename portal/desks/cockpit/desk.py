"""All that the pages of « Mon réseau » show, read once, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.queries import structures_of
from portal.declarations.models import Declaration
from portal.desks.cockpit import together
from portal.desks.cockpit.lots import Near, lots_near
from portal.desks.cockpit.members import Member, capacity_by_trade, members_of
from portal.desks.cockpit.quarters import Balance, balance
from portal.desks.cockpit.scope import Scope, scope_of
from portal.forecast.listing.search import TIMELINE_QUARTERS
from portal.forecast.views.timeline import first_quarter_on
from portal.groupements.models import Groupement
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.period import Quarter
from portal.sourcing.models import SupportAction
from portal.vocabulary import DeclarationState


@dataclass(frozen=True)
class Desk:
    """What a network sees on a day."""

    scope: Scope
    coordinated: Sequence[Groupement]
    elsewhere: frozenset[int]
    members: Sequence[Member]
    near: Near
    now: datetime

    @cached_property
    def balance(self) -> Balance:
        wanted = [(Quarter.of(each.lot.planned_on), each.need.trade, each.wanted) for each in self.near.lots]
        first = first_quarter_on(paris_date(self.now))
        return balance(first, TIMELINE_QUARTERS, wanted, capacity_by_trade(self.members))

    @property
    def late(self) -> list[Member]:
        """The members with months that they should have declared, the longest late first."""
        late = [each for each in self.members if each.late]
        return sorted(late, key=lambda each: each.late.since if each.late else paris_date(self.now))

    @property
    def untold(self) -> list[Member]:
        """The members whose capacity is to be told, or read again."""
        return [each for each in self.members if each.told_on is None or each.is_stale]


def desk_of(session: Session, actor: Actor, now: datetime) -> Desk:
    scope = scope_of(session, actor)
    coordinated = together.coordinated(session, scope)
    return Desk(
        scope,
        coordinated,
        together.elsewhere(session, scope),
        members_of(session, scope, coordinated, now),
        lots_near(session, scope, coordinated, paris_date(now)),
        now,
    )


def count_waiting(session: Session, actor: Actor, now: datetime) -> int:
    """For the header: the members late to declare, and one's support actions whose date has passed. One statement."""
    today, network_id = paris_date(now), actor.organisation_id or 0
    late = select(func.count(Declaration.organisation_id.distinct())).where(
        Declaration.organisation_id.in_(structures_of(network_id)),
        Declaration.state.in_(DeclarationState.awaited()),
        Declaration.due_on < today,
    )
    support = select(func.count()).where(
        SupportAction.author_id == network_id, SupportAction.done_on.is_(None), SupportAction.next_on < today
    )
    return session.scalar(select(late.scalar_subquery() + support.scalar_subquery())) or 0
