"""Lots to come near a network, by coverage: the holes first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.calibration import queries as calibration
from portal.calibration.cover import cover, eligible, read_by
from portal.calibration.facts import Cover, Need, Structure
from portal.desks.cockpit.scope import Scope
from portal.forecast.listing.search import TIMELINE_QUARTERS
from portal.forecast.models import Lot, Project
from portal.forecast.views.timeline import first_quarter_on
from portal.groupements import translation
from portal.groupements.models import Groupement
from portal.matching import queries as matching

MOST_LOTS = 300
"""Weighed for one page, the soonest of the eight quarters ahead: about half a second."""

_ZERO = Decimal(0)


@dataclass(frozen=True)
class LotCover:
    """A lot to come, what is offered of what it asks, and the members who could answer it."""

    lot: Lot
    need: Need
    cover: Cover
    members: tuple[Structure, ...]
    """Those of the network that may answer it as of right and serve a commune: with hours first, most hours first."""
    groupement: Groupement | None = None
    """One that the network coordinates on this lot."""

    @property
    def able(self) -> tuple[Structure, ...]:
        """The members with hours left, as steps tell them."""
        return tuple(each for each in self.members if each.hours > 0)

    @property
    def silent(self) -> tuple[Structure, ...]:
        """The members of the trade that told no capacity in it: to be asked."""
        return tuple(each for each in self.members if not each.told)

    @property
    def leaders(self) -> int:
        return sum(each.can_lead for each in self.able)

    @property
    def own_hours(self) -> Decimal:
        return sum((each.hours for each in self.able), _ZERO)

    @property
    def wanted(self) -> Decimal:
        return self.need.hours or _ZERO

    @property
    def missing(self) -> Decimal | None:
        """Of all structures together; None where the total is hidden, under four contributors."""
        shown = self.cover.shown_hours
        return None if shown is None else max(self.wanted - shown, _ZERO)

    @property
    def own_missing(self) -> Decimal:
        """What the members alone could not give."""
        return max(self.wanted - self.own_hours, _ZERO)

    @property
    def is_hole(self) -> bool:
        """Hours miss, all structures together; so few have any that the total is hidden; or no two could compete."""
        return self.missing is None or self.missing > 0 or not self.cover.is_well_sized

    @property
    def rank(self) -> tuple[bool, bool, Decimal, date, int]:
        """Holes first: those that miss hours, then those that two could not compete for; the largest first.

        A hidden total weighs as if nothing was offered, so that the order tells nothing of it.
        """
        missing = self.wanted if self.missing is None else self.missing
        return not self.is_hole, not missing, -max(missing, self.own_missing), self.lot.planned_on, self.lot.id


@dataclass(frozen=True)
class Near:
    """The lots weighed, in order."""

    lots: Sequence[LotCover]
    is_cut: bool
    """Whether there are more, later."""

    @property
    def holes(self) -> list[LotCover]:
        return [each for each in self.lots if each.is_hole]

    @property
    def missing(self) -> Decimal:
        return sum((each.missing or _ZERO for each in self.lots), _ZERO)

    @property
    def fillers(self) -> frozenset[int]:
        """The members with hours left for one of the holes."""
        return frozenset(each.organisation_id for hole in self.holes for each in hole.able)

    @property
    def ready_to_lead(self) -> frozenset[int]:
        return frozenset(each.organisation_id for hole in self.holes for each in hole.able if each.can_lead)

    @property
    def to_ask(self) -> frozenset[int]:
        return frozenset(each.organisation_id for hole in self.holes for each in hole.silent)


def lots_near(session: Session, scope: Scope, coordinated: Iterable[Groupement], today: date) -> Near:
    """A fixed number of statements, whatever the members and the lots."""
    until = (first_quarter_on(today) + (TIMELINE_QUARTERS - 1)).last_day
    found = matching.lots_near(session, scope.trades, scope.territory, (today, until), MOST_LOTS + 1)
    asked = session.scalars(_whole().where(Lot.id.in_(found[:MOST_LOTS])))
    lots = [lot for lot in asked if translation.is_open(lot)]
    weighed = _weighed(session, lots, scope.members, coordinated, today)
    return Near(sorted(weighed, key=lambda each: each.rank), len(found) > MOST_LOTS)


def weigh(session: Session, lot: Lot, scope: Scope, coordinated: Iterable[Groupement], today: date) -> LotCover:
    """One lot alone."""
    return _weighed(session, [lot], scope.members, coordinated, today)[0]


def _weighed(
    session: Session, lots: Sequence[Lot], members: Collection[int], coordinated: Iterable[Groupement], today: date
) -> list[LotCover]:
    """Hours by steps for members too: what one promised in a groupement of others must not come out of a difference."""
    needs = calibration.needs_of(session, lots)
    structures = calibration.structures_for(session, needs, today)
    ours = {lot.id: groupement for groupement in coordinated for lot in groupement.lots}
    return [_weigh(lot, needs[lot.id], structures, members, ours) for lot in lots]


def _weigh(
    lot: Lot,
    need: Need,
    structures: Mapping[int, Sequence[Structure]],
    members: Collection[int],
    ours: Mapping[int, Groupement],
) -> LotCover:
    there = structures[lot.id]
    own = [each for each in eligible(need, there) if each.organisation_id in members]
    own.sort(key=lambda each: (-each.hours, not each.told, not each.can_lead, each.name))
    return LotCover(lot, need, read_by(cover(need, there), need, there, members), tuple(own), ours.get(lot.id))


def _whole() -> Select[Lot]:
    """With the project, for its address and its state; places and levers are read with the needs."""
    return select(Lot).options(
        joinedload(Lot.project).lazyload(Project.buyer), lazyload(Lot.communes), lazyload(Lot.levers)
    )
