"""What is told of a contract: at its award, then by its buyer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.kernel.month import Month
from portal.vocabulary import ActionKind, CommitmentKind, DecpGroupement, Procedure, Reservation, Trade


@dataclass(frozen=True, kw_only=True)
class HeldBy:
    """One titulaire: alone, or a member of a groupement. `part` in basis points of the amount."""

    organisation_id: int
    is_mandataire: bool = False
    part: int | None = None
    hours: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewContract:
    """A contract that the portal makes. Amounts in euros before tax, hours in all, dates civil."""

    buyer_id: int
    number: str
    """The buyer's own."""
    object: str
    notified_on: date
    titulaires: tuple[HeldBy, ...]
    trade: Trade | None = None
    cpv_code: str | None = None
    procedure: Procedure | None = None
    reservation: Reservation | None = None
    is_reserved: bool = False
    has_social_clause: bool = False
    has_social_criterion: bool = False
    starts_on: date | None = None
    """When the work begins, if not at the notification."""
    duration_months: int | None = None
    amount: Decimal | None = None
    groupement: DecpGroupement | None = None
    mandataire_solidaire: bool | None = None
    promised_hours: Decimal | None = None

    @property
    def is_social(self) -> bool:
        """Whether its execution carries insertion: hours promised, a clause, or a reservation."""
        return bool(self.promised_hours) or self.is_reserved or self.has_social_clause


@dataclass(frozen=True)
class CommitmentFacts:
    """One thing promised: its quantity reads by its kind, and is never turned into another."""

    kind: CommitmentKind
    quantity: Decimal
    action: ActionKind | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportingFacts:
    """Which months are declared, when, and what counts. No first month: nothing is to be declared."""

    first_month: Month | None
    last_month: Month | None
    due_day: int = 10
    suspended: Mapping[Month, str | None] = field(default_factory=dict)
    counts_training: bool = True
    training_cap_percent: int | None = None
    counting_months: int = 24


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """One order placed on a contract, in euros before tax: negative when an earlier one is cancelled in part."""

    number: str
    """The buyer's own."""
    ordered_on: date
    amount: Decimal
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class AmendmentFacts:
    """What an amendment says holds from its effective day on; what it does not change is told as it stands."""

    number: int
    signed_on: date
    effective_on: date
    reason: str
    promised_hours: Decimal
    """Fixed hours, all titulaires together."""
    hours_of: Mapping[int, Decimal | None] = field(default_factory=dict)
    """Each member's own, by titulaire id; those left out keep theirs."""
    ends_on: date | None
    last_month: Month | None
    suspended: Mapping[Month, str | None]
    """All the suspended months, with their reasons."""
    leaving: frozenset[int] = frozenset()
    """Titulaire ids; their last day is the eve of the effective one."""
    joining: tuple[int, ...] = ()
    """Organisation ids, from the effective day on."""
    mandataire: int | None = None
    """The organisation that leads from then on, when it changes."""
