"""What people say of a lot before its consultation, as values: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from portal.vocabulary import DisinterestReason, ExchangeKind, InterestKind

FEWEST_SHOWN = 4
"""Totals of what structures offer are hidden from the public and from structures below so many."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """What an organisation says of a lot, and who may read its name."""

    kind: InterestKind
    hours: Decimal | None = None
    commune_codes: tuple[str, ...] = ()
    """Empty: all those of the lot."""
    named_to_buyer: bool = False
    named_to_others: bool = False
    disinterest: DisinterestReason | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What all say of a lot, without a name."""

    kinds: Mapping[InterestKind, int] = field(default_factory=dict)
    reasons: Mapping[DisinterestReason, int] = field(default_factory=dict)
    hours: Decimal = Decimal(0)
    unnamed: int = 0
    """How many of the interested the buyer does not read the name of."""

    @property
    def interested(self) -> int:
        return sum(count for kind, count in self.kinds.items() if kind.is_live)

    @property
    def not_interested(self) -> int:
        return self.kinds.get(InterestKind.NOT_INTERESTED, 0)

    @property
    def is_shown_to_all(self) -> bool:
        return self.interested >= FEWEST_SHOWN

    @property
    def rounded_hours(self) -> Decimal:
        """To the hundred below: a subtraction does not give back what one structure typed."""
        return self.hours // 100 * 100

    @property
    def public(self) -> int | None:
        """All that everyone reads: how many; None as long as they are too few."""
        return self.interested if self.is_shown_to_all else None


NOTHING_SAID = Totals()


@dataclass(frozen=True, kw_only=True)
class Asker:
    """What would tell who asks a question."""

    names: tuple[str, ...] = ()
    """Of the organisation, and of the person."""
    siret: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    website: str | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something the buyer told one supplier outside the public page."""

    kind: ExchangeKind
    told_on: date
    told_to: str
    text: str


@dataclass(frozen=True, kw_only=True)
class MeetingFacts:
    """A public meeting: instants are aware."""

    title: str
    starts_at: datetime
    ends_at: datetime
    text: str | None = None
    place: str | None = None
    url: str | None = None
