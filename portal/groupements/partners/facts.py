"""What a groupement lacks and what each organisation says of itself: values, without database or clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.vocabulary import CapacityBand, EssFamily, InterestKind, OrganisationKind, Reservation, Trade


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the lots of a groupement ask, and what its members do not bring yet."""

    trades: frozenset[Trade]
    places: Mapping[str, str] = field(default_factory=dict)
    """All the lots' communes, names by code, in order."""
    reservations: tuple[tuple[str, Reservation], ...] = ()
    """The reserved lots, as they stand in a sentence."""
    missing_places: frozenset[str] = frozenset()
    missing_trades: frozenset[Trade] = frozenset()
    missing_hours: Decimal | None = None
    """None: not known, or nothing is missing."""
    hours_per_year: bool = False
    missing_mandataire: bool = False


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a network reads of its own member, and nobody else does."""

    band: CapacityBand | None
    confirmed_on: date


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An organisation as the directory shows it to everyone; besides, what it agreed that others read."""

    organisation_id: int
    siret: str
    name: str
    city: str | None = None
    kinds: frozenset[OrganisationKind] = frozenset()
    ess_family: EssFamily | None = None
    trades: frozenset[Trade] = frozenset()
    """Empty: it told none."""
    places: frozenset[str] | None = None
    """Those of the lots' communes that it serves; None: it did not say where it works."""
    interest: InterestKind | None = None
    """Told of one of these lots, with its name for others."""
    network: str | None = None
    """A network that it shares with the reader."""
    is_own: bool = False
    """Whether the reader is that network."""
    own: Own | None = None
    gone: str | None = None
    """What became of it in this groupement: it declined, it left."""
