"""A groupement as rules read it, and what people type about one: values, without database or clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.vocabulary import GroupementForm, GroupementState, MemberRole, MemberState, Reservation

ACTIVE = frozenset({MemberState.JOINED, MemberState.ACCEPTED})
"""Who is in the groupement."""

WHOLE = 10_000
"""Basis points: 100 %."""


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """A document asked of a member."""

    name: str
    is_brought: bool = False
    expires_on: date | None = None
    """The last day on which it is worth something; None: it does not expire, or nobody said."""


@dataclass(frozen=True, kw_only=True)
class MemberFacts:
    """One organisation of a groupement. `part` in basis points; `state` tells an expired invitation from a live one."""

    organisation_id: int
    siret: str
    name: str
    state: MemberState
    public_id: str = ""
    role: MemberRole = MemberRole.COTRAITANT
    part: int | None = None
    amount: Decimal | None = None
    """Euros before tax, over the same time as the lots' amount."""
    hours: Decimal | None = None
    communes: tuple[str, ...] = ()
    """INSEE codes of the communes where it works, in order; none: not said."""
    tasks: str | None = None
    asked_on: date | None = None
    expires_on: date | None = None
    unfit: str | None = None
    """Why it may not answer the reserved lots as of right, in words."""
    documents: tuple[DocumentFacts, ...] = ()
    """Those asked of it, in order."""

    @property
    def siren(self) -> str:
        return self.siret[:9]

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_mandataire(self) -> bool:
        return self.role is MemberRole.MANDATAIRE


@dataclass(frozen=True, kw_only=True)
class LotTerms:
    """What a lot's buyer says of those who answer it."""

    lot_id: int
    number: int
    name: str
    reservation: Reservation = Reservation.NONE
    several_groupements_allowed: bool | None = None
    alone_and_grouped_allowed: bool | None = None
    by_orders: bool = False
    """Carried out by purchase orders: parts are indicative."""
    amount_low: Decimal | None = None
    """What the buyer publishes of its worth over its whole duration, before tax: exact, else the bounds of the band."""
    amount_high: Decimal | None = None
    hours_wanted: Decimal | None = None
    hours_per_year: bool = False
    essential_tasks: tuple[str, ...] = ()
    """Tasks that the buyer wants done by a named member (R2142-27)."""
    is_open: bool = True
    """Neither taken out of its project nor at the end of its consultation."""


@dataclass(frozen=True, kw_only=True)
class GroupementFacts:
    """All that the rules and the checklist look at."""

    state: GroupementState
    form: GroupementForm | None
    lots: tuple[LotTerms, ...]
    members: tuple[MemberFacts, ...]
    network_id: int | None = None
    network_name: str | None = None
    asked_number: int | None = None
    lots_per_candidate: int | None = None
    tasks: Mapping[tuple[int, str], int] = field(default_factory=dict)
    """The organisation that does each essential task, by lot id and label, as last set."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Names of the lots' communes by code, where the page reads them; empty otherwise."""
    in_tender: bool = False
    tender_planned: str | None = None
    """When the consultation should open, in words."""
    offers_due_on: date | None = None
    candidacy_on: date | None = None
    """Until when documents must be worth something: the planned opening, then the day offers are due."""
    buyer_id: int | None = None
    buyer_name: str = ""

    @property
    def active(self) -> tuple[MemberFacts, ...]:
        return tuple(member for member in self.members if member.is_active)

    @property
    def mandataire(self) -> MemberFacts | None:
        return next((member for member in self.active if member.is_mandataire), None)

    @property
    def leaders(self) -> frozenset[int]:
        """The organisations that hold the pen: the mandataire, and the network that coordinates."""
        lead = {self.mandataire.organisation_id} if self.mandataire else set()
        return frozenset(lead | ({self.network_id} if self.network_id else set()))

    @property
    def invited(self) -> tuple[MemberFacts, ...]:
        """Those whose invitation still waits for an answer."""
        return tuple(member for member in self.members if member.state is MemberState.INVITED)

    @property
    def sharing(self) -> tuple[MemberFacts, ...]:
        """Those who have a share, and those to whom one is proposed: no agreement goes without their answer."""
        return (*self.active, *self.invited)

    @property
    def tasks_asked(self) -> list[tuple[LotTerms, str]]:
        """The essential tasks of its lots, in order (R2142-27)."""
        return [(lot, label) for lot in self.lots for label in lot.essential_tasks]

    @property
    def by_orders(self) -> bool:
        return bool(self.lots) and all(lot.by_orders for lot in self.lots)

    @property
    def hours_wanted(self) -> Decimal | None:
        """Over all its lots, when they count alike."""
        wanted = [lot.hours_wanted for lot in self.lots]
        alike = len({lot.hours_per_year for lot in self.lots}) == 1
        return sum((hours for hours in wanted if hours), Decimal(0)) if alike and all(wanted) else None

    @property
    def amount_wanted(self) -> tuple[Decimal, Decimal | None] | None:
        """Between which sums its lots are worth, together; None as an upper bound: nobody knows."""
        if not self.lots or any(lot.amount_low is None and lot.amount_high is None for lot in self.lots):
            return None
        low = sum((lot.amount_low or Decimal(0) for lot in self.lots), Decimal(0))
        highs = [lot.amount_high for lot in self.lots if lot.amount_high is not None]
        return low, sum(highs, Decimal(0)) if len(highs) == len(self.lots) else None

    @property
    def worth(self) -> "Worth":
        """What a part is a part of, where the buyer told one figure."""
        low, high = self.amount_wanted or (None, None)
        return Worth(self.hours_wanted, high if low == high else None)

    @property
    def hours_per_year(self) -> bool:
        return bool(self.lots) and all(lot.hours_per_year for lot in self.lots)


@dataclass(frozen=True)
class Worth:
    """The hours wanted and the euros estimated of all the lots; None where the buyer told no single figure."""

    hours: Decimal | None = None
    amount: Decimal | None = None

    @staticmethod
    def of(part: int, whole: Decimal | None) -> Decimal | None:
        return None if whole is None else (whole * part / WHOLE).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class SealedElsewhere:
    """A sealed groupement that answers one of the same lots."""

    lot_id: int
    mandataire_id: int
    member_ids: frozenset[int]
    is_filed: bool = False
    """Whether its buyer reads who it is."""


@dataclass(frozen=True)
class OwnElsewhere:
    """Another groupement, still forming, where the reader's own organisation is for the same lot."""

    lot: str
    as_mandataire: bool


@dataclass(frozen=True, kw_only=True)
class About:
    """What a groupement says of itself."""

    name: str
    presentation: str | None = None
    open_to_requests: bool = True


@dataclass(frozen=True)
class Share:
    """The share of one member: basis points, hours, tasks, euros before tax, communes by their codes."""

    part: int | None = None
    hours: Decimal | None = None
    tasks: str | None = None
    amount: Decimal | None = None
    communes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """Form, mandataire and shares, as whoever holds the pen sets them; members by their public id."""

    form: GroupementForm | None
    mandataire: str | None
    shares: Mapping[str, Share] = field(default_factory=dict)
    tasks: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """The member that does each essential task, by lot id and label; none for those left out."""


@dataclass(frozen=True)
class Offer:
    """What an invitation says, and the share it proposes."""

    message: str | None = None
    share: Share = Share()
