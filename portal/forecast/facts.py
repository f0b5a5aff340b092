"""What a buyer says of a project and of a lot: values that a form gives, rules check and a revision compares."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Self

from portal.contracts.facts import HeldBy
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import (
    AmountBand,
    Confidence,
    DecpGroupement,
    DerogationGround,
    ExecutionMode,
    Lever,
    LeverState,
    Procedure,
    PurchaseFamily,
    Reservation,
    Technique,
    Trade,
)


@dataclass(frozen=True)
class LeverChoice:
    """Where one lever stands for a lot. A lever that nobody weighed has none."""

    lever: Lever
    state: LeverState
    reservation: Reservation | None = None
    weight_percent: int | None = None
    reason: str | None = None

    @property
    def is_live(self) -> bool:
        return self.state is not LeverState.DISCARDED

    @property
    def is_decided(self) -> bool:
        return self.state is LeverState.DECIDED

    @property
    def article(self) -> str | None:
        """The article of the code de la commande publique it rests on; None for a reservation not chosen yet."""
        if self.lever is Lever.RESERVED:
            return self.reservation.article if self.reservation else None
        return self.lever.article


@dataclass(frozen=True, kw_only=True)
class LotFacts:
    """The facts of one lot. Amounts in euros before tax; None: not known yet, or not said."""

    trade: Trade
    planned: PlannedPeriod
    """The consultation."""
    confidence: Confidence
    title: str | None = None
    description: str | None = None
    cpv_code: str | None = None
    execution: PlannedPeriod | None = None
    """The start of the work."""
    duration_months: int | None = None
    renewals: int | None = None
    renewal_months: int | None = None
    amount_low: Decimal | None = None
    amount_high: Decimal | None = None
    amount_band: AmountBand | None = None
    framework_minimum: Decimal | None = None
    framework_maximum: Decimal | None = None
    hours_wanted: Decimal | None = None
    hours_per_year: bool = False
    whole_territory: bool = False
    commune_codes: tuple[str, ...] = ()
    technique: Technique | None = None
    execution_mode: ExecutionMode | None = None
    advance_percent: int | None = None
    payment_rhythm: str | None = None
    staff_to_take_over: int | None = None
    staff_note: str | None = None
    visit: str | None = None
    price_weight_percent: int | None = None
    other_criteria: str | None = None
    replaced_contract: str | None = None
    replaced_ends_on: date | None = None
    alone_and_grouped_allowed: bool | None = None
    several_groupements_allowed: bool | None = None
    essential_tasks: str | None = None
    """Tasks, one a line, that the candidacy gives to a named member (R2142-27)."""
    adapted_allotment: bool | None = None
    adapted_allotment_reason: str | None = None
    derogation: DerogationGround | None = None
    derogation_reason: str | None = None
    levers: tuple[LeverChoice, ...] = ()

    @property
    def longest_months(self) -> int | None:
        """How long it may last, renewals included."""
        if self.duration_months is None:
            return None
        return self.duration_months + (self.renewals or 0) * (self.renewal_months or 0)

    @property
    def estimate(self) -> Decimal | None:
        """What is compared with thresholds: the highest estimate, else the lower bound of the band."""
        exact = self.amount_high if self.amount_high is not None else self.amount_low
        if exact is None and self.amount_band is not None:
            return Decimal(self.amount_band.low)
        return exact

    @property
    def band(self) -> AmountBand | None:
        """The band to show: that of the highest estimate, else the one the buyer chose."""
        estimate = self.amount_high if self.amount_high is not None else self.amount_low
        return self.amount_band if estimate is None else AmountBand.of(int(estimate * 100))

    @property
    def task_labels(self) -> tuple[str, ...]:
        return tuple((self.essential_tasks or "").splitlines())

    @property
    def terms(self) -> Self:
        """What a next lot of the same project is likely to share with this one."""
        return replace(
            self,
            title=None,
            description=None,
            amount_low=None,
            amount_high=None,
            amount_band=None,
            framework_minimum=None,
            framework_maximum=None,
            hours_wanted=None,
            staff_to_take_over=None,
            staff_note=None,
        )

    def choice(self, lever: Lever) -> LeverChoice | None:
        return next((choice for choice in self.levers if choice.lever is lever), None)

    def without(self, lever: Lever) -> Self:
        """The same lot, one of its levers not weighed."""
        return replace(self, levers=tuple(other for other in self.levers if other.lever is not lever))

    def with_choice(self, choice: LeverChoice) -> Self:
        """The same lot, one of its levers standing elsewhere."""
        return replace(self, levers=(*self.without(choice.lever).levers, choice))


@dataclass(frozen=True, kw_only=True)
class ProjectFacts:
    """The facts that all lots of a project share."""

    title: str
    family: PurchaseFamily
    summary: str | None = None
    procedure: Procedure | None = None
    reply_days: int | None = None
    lots_per_candidate: int | None = None
    contact_name: str | None = None
    contact_service: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None

    @property
    def has_contact(self) -> bool:
        return bool(self.contact_email or self.contact_phone)


@dataclass(frozen=True, kw_only=True)
class AwardFacts:
    """What the award of a lot says, besides what the lot says itself. The amount in euros before tax."""

    number: str
    """The buyer's own number for the contract."""
    notified_on: date
    titulaires: tuple[HeldBy, ...]
    amount: Decimal | None = None
    starts_on: date | None = None
    duration_months: int | None = None
    promised_hours: Decimal | None = None
    """In all, over the whole duration."""
    groupement: DecpGroupement | None = None
    mandataire_solidaire: bool | None = None
    levers: frozenset[Lever] | None = None
    """Those that the contract carries, among the lot's live ones; None: those that the lot had decided."""


@dataclass(frozen=True)
class Slip:
    """Lots of one project, by their numbers, and when their consultation is now planned."""

    lots: frozenset[int]
    planned: PlannedPeriod
    confidence: Confidence
