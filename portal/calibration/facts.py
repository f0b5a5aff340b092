"""What a lot asks and what structures could still give, as coverage weighs them. No database, no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from portal.vocabulary import EssFamily, OrganisationKind, Reservation, Trade

FEWEST_CONTRIBUTORS = 4
"""Under so many structures with hours, no total is shown to anybody: one could tell who gives what."""

FEWEST_UNKNOWN = FEWEST_CONTRIBUTORS - 1
"""Whoever reads some of them by name is left with so many others at least, as one of four structures is."""

SHOWN_STEP = 100
"""Hours shown are rounded down to it."""


@dataclass(frozen=True)
class Place:
    """A commune of a lot."""

    code: str
    name: str
    population: int
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Structure:
    """One structure of the trade that serves a part of the communes asked at least."""

    organisation_id: int
    name: str
    kinds: frozenset[OrganisationKind]
    ess_family: EssFamily | None
    communes: frozenset[str]
    """Of those asked, which it serves."""
    hours: Decimal
    """Hours a year still free, by steps (`engaged.free_hours`): no figure made of it tells what is engaged."""
    engaged: Decimal
    """Hours a year, exact: for itself and the networks it belongs to, nobody else."""
    can_lead: bool
    told: bool
    """Whether it told a capacity in the trade."""


@dataclass(frozen=True)
class Need:
    """What one lot asks, as it stands."""

    lot_id: int
    trade: Trade
    reservation: Reservation | None
    hours: Decimal | None
    """A year, for the whole lot; None: not known."""
    places: tuple[Place, ...]

    @property
    def as_sector(self) -> "SectorNeed":
        return SectorNeed("Tout le lot", self.hours, self.places)


@dataclass(frozen=True)
class SectorNeed:
    """What one sector of a variant asks: hours a year over its communes."""

    name: str
    hours: Decimal | None
    places: tuple[Place, ...]


@dataclass(frozen=True)
class PlaceCover:
    """One commune. Hours wanted are shared by population; each structure's, over the communes that it serves."""

    place: Place
    wanted: Decimal | None
    offered: Decimal
    structures: int
    silent: int
    """Of those structures, how many told no capacity in the trade."""
    contributors: int
    """Of those structures, how many have hours still free."""

    @property
    def is_masked(self) -> bool:
        """Few enough to tell who gives what: somebody serves it, and nothing more is said."""
        return is_masked(self.structures - self.silent, self.contributors)

    @property
    def share(self) -> Decimal | None:
        """From 0, capped to 1; None: not known, or not to be shown."""
        return None if self.is_masked else _share(self.offered, self.wanted)


@dataclass(frozen=True)
class Cover:
    """What structures could give of what is wanted. Pages show what is named `shown_…`, never the rest."""

    wanted: Decimal | None
    offered: Decimal
    structures: int
    """Eligible ones that serve a commune at least."""
    contributors: int
    """Of those, how many have hours still free."""
    leaders: int
    """Of the contributors, how many are ready to be mandataire."""
    silent: int
    """Of the structures, how many told no capacity in the trade."""
    by_place: tuple[PlaceCover, ...]
    answers: tuple[tuple[Structure, ...], ...]
    """Plausible ones, the leader first, that share nobody: at most `answers.MOST_ANSWERS`, there may be more."""
    known: int = 0
    """Of the contributors, how many the reader knows by name and hours: a network its members."""

    @property
    def share(self) -> Decimal | None:
        """From 0, capped to 1; None when nobody knows the hours wanted."""
        return _share(self.offered, self.wanted)

    @property
    def missing(self) -> Decimal | None:
        return None if self.wanted is None else max(self.wanted - self.offered, Decimal(0))

    @property
    def is_well_sized(self) -> bool:
        """Whether two plausible answers at least could compete."""
        return len(self.answers) >= 2

    @property
    def is_masked(self) -> bool:
        return is_masked(self.structures - self.silent, self.contributors, self.known)

    @property
    def shown_hours(self) -> Decimal | None:
        """What anybody may read of the total; None under four contributors."""
        return None if self.is_masked else self.offered // SHOWN_STEP * SHOWN_STEP

    @property
    def shown_share(self) -> Decimal | None:
        shown = self.shown_hours
        return None if shown is None else _share(shown, self.wanted)

    @property
    def shown_leaders(self) -> int | None:
        return None if self.is_masked else self.leaders

    @property
    def shown_answers(self) -> int | None:
        """How many plausible answers anybody may read of; None under four contributors."""
        return None if self.is_masked else len(self.answers)

    @property
    def unserved(self) -> tuple[Place, ...]:
        """The communes that nobody eligible serves."""
        return tuple(each.place for each in self.by_place if not each.structures)


@dataclass(frozen=True)
class Joint:
    """Whether all the sectors of a variant can be served at once, each structure's hours being given once."""

    wanted: Decimal
    served: Decimal
    is_masked: bool

    @property
    def is_whole(self) -> bool:
        return self.served >= self.wanted

    @property
    def shown_share(self) -> Decimal | None:
        """From 0 to 1; None under four contributors."""
        return None if self.is_masked else _share(self.served // SHOWN_STEP * SHOWN_STEP, self.wanted)


def is_masked(told: int, contributors: int, known: int = 0) -> bool:
    """Whether somebody told a capacity, and too few have hours for their total to be shown.

    `known`: of the contributors, those that the reader knows by name and hours. The others must not be one or two.
    """
    few_others = known > 0 and 0 < contributors - known < FEWEST_UNKNOWN
    return few_others or (told > 0 and contributors < FEWEST_CONTRIBUTORS)


def _share(offered: Decimal, wanted: Decimal | None) -> Decimal | None:
    if not wanted:
        return None
    return min(offered / wanted, Decimal(1))


def codes_of(places: Collection[Place]) -> frozenset[str]:
    return frozenset(place.code for place in places)
