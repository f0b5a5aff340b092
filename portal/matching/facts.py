"""What a purchase asks and what an organisation told, as matching weighs them. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from portal.kernel.period import PlannedPeriod
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, Reservation, TerritoryScope, Trade

Key = tuple[TerritoryScope, str]
"""A territory, under the codes of `ServedTerritory`."""


@dataclass(frozen=True)
class Zone:
    """A territory, and those around it."""

    key: Key
    name: str
    """As it reads in a sentence: « Bègles », « la région Bretagne », « toute la France »."""
    within: frozenset[Key] = frozenset()
    """Those that hold it whole."""
    across: frozenset[Key] = frozenset()
    """Those that hold a part of it: the departments of an intercommunality that stands in two."""


@dataclass(frozen=True)
class Wanted:
    """What one lot asks."""

    trade: Trade
    zones: tuple[Zone, ...] = ()
    """Where it is carried out; empty: not said yet."""
    is_reserved: bool = False
    """Whether a reservation is envisaged or decided."""
    reservation: Reservation | None = None
    """Whom it is, or would be, kept for; None: not said yet."""
    is_decided: bool = False
    yearly_hours: Decimal | None = None
    starts: PlannedPeriod | None = None


@dataclass(frozen=True)
class Supplier:
    """What one organisation is on a day, and what it told; empty is what nobody said, never a no."""

    kinds: frozenset[OrganisationKind] = frozenset()
    ess_family: EssFamily | None = None
    trades: frozenset[Trade] = frozenset()
    zones: tuple[Zone, ...] = ()
    bands: Mapping[Trade, CapacityBand] = field(default_factory=dict)
    available_on: date | None = None
    confirmed_on: date | None = None
    """When it last said that its capacity holds; None: never told."""


@dataclass(frozen=True)
class Links:
    """Where the reader may complete each thing; None: this person may not."""

    trade: str | None = None
    territory: str | None = None
    kind: str | None = None
    capacity: str | None = None


class Topic(Enum):
    TRADE = "Métier"
    TERRITORY = "Territoire"
    ELIGIBILITY = "Qui peut répondre"
    CAPACITY = "Capacité"


class Verdict(Enum):
    YES = "yes"
    NO = "no"
    """Not alone, or not as things were told: the words say what may be done about it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reason:
    """One thing that makes a lot suit an organisation, or not, in words."""

    topic: Topic
    verdict: Verdict
    words: str
    brief: str | None = None
    """The same for « Pour vous », in a few words; None: nothing to say there."""
    complete_url: str | None = None
    complete_words: str | None = None
    """What the link reads, after the words: « la compléter (3 minutes) »."""


@dataclass(frozen=True)
class Fit:
    """Why a lot suits an organisation: one reason for each topic, in order."""

    trade: Reason
    territory: Reason
    eligibility: Reason
    capacity: Reason
    sentence: str | None
    """« Pour vous »; None when there is nothing to say."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.trade, self.territory, self.eligibility, self.capacity

    @property
    def concerns(self) -> bool:
        return self.sentence is not None

    @property
    def rank(self) -> tuple[int, ...]:
        """The lower, the better it suits: for lists that keep the best."""
        order = {Verdict.YES: 0, Verdict.UNKNOWN: 1, Verdict.NO: 2}
        return tuple(order[each.verdict] for each in (self.eligibility, self.trade, self.territory, self.capacity))
