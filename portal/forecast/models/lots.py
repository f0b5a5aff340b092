"""Lots, their levers and their communes."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.models.awards import Award
from portal.kernel.period import PlannedPeriod
from portal.storage import Base, Centihours, Cents, UtcInstant, Versioned, listed
from portal.vocabulary import (
    AmountBand,
    Confidence,
    DerogationGround,
    ExecutionMode,
    Lever,
    LeverState,
    LotOutcome,
    PlannedPrecision,
    Reservation,
    Technique,
    Trade,
)

if TYPE_CHECKING:
    from portal.forecast.models.projects import Project

_COMPOSED = {"planned", "execution", "commune_codes", "levers"}
_FACTS = tuple(fact.name for fact in fields(LotFacts) if fact.name not in _COMPOSED)


def _percentage(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 100", name=column)


class Lot(Versioned, Base):
    """What one supplier or groupement will answer, with all that is needed to decide whether to."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("amount_low >= 0 AND amount_low <= amount_high", name="amount"),
        CheckConstraint("framework_minimum >= 0 AND framework_minimum <= framework_maximum", name="framework"),
        CheckConstraint("hours_wanted >= 0", name="hours_wanted"),
        CheckConstraint("duration_months > 0", name="duration_months"),
        CheckConstraint("renewals >= 0 AND renewal_months > 0", name="renewals"),
        CheckConstraint("staff_to_take_over >= 0", name="staff_to_take_over"),
        CheckConstraint("(execution_on IS NULL) = (execution_precision IS NULL)", name="execution"),
        _percentage("advance_percent"),
        _percentage("price_weight_percent"),
        CheckConstraint("(derogation IS NULL) = (derogation_reason IS NULL)", name="derogation_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    """0 for the whole of a project whose allotment is not defined."""
    title: Mapped[str | None] = mapped_column(String(200))
    """What tells it from the other lots; None when it is the whole project."""
    description: Mapped[str | None] = mapped_column(Text)
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    cpv_code: Mapped[str | None] = mapped_column(ForeignKey("cpv.code"))

    planned_on: Mapped[date]
    """First day of the planned period of the consultation."""
    planned_precision: Mapped[PlannedPrecision] = mapped_column(listed(PlannedPrecision, name="planned_precision"))
    confidence: Mapped[Confidence] = mapped_column(listed(Confidence, name="confidence"))
    execution_on: Mapped[date | None]
    execution_precision: Mapped[PlannedPrecision | None] = mapped_column(
        listed(PlannedPrecision, name="execution_precision")
    )
    duration_months: Mapped[int | None]
    renewals: Mapped[int | None]
    renewal_months: Mapped[int | None]

    amount_low: Mapped[Decimal | None] = mapped_column(Cents())
    """Estimate over the whole duration, renewals included, in euros before tax."""
    amount_high: Mapped[Decimal | None] = mapped_column(Cents())
    amount_band: Mapped[AmountBand | None] = mapped_column(listed(AmountBand, name="amount_band"))
    """What is shown of the estimate."""
    framework_minimum: Mapped[Decimal | None] = mapped_column(Cents())
    framework_maximum: Mapped[Decimal | None] = mapped_column(Cents())
    hours_wanted: Mapped[Decimal | None] = mapped_column(Centihours())
    hours_per_year: Mapped[bool] = mapped_column(default=False)
    """Whether `hours_wanted` is for each year, or for the whole duration."""
    whole_territory: Mapped[bool] = mapped_column(default=False)
    """All the communes of the buyer's territory, rather than those named."""

    technique: Mapped[Technique | None] = mapped_column(listed(Technique, name="technique"))
    execution_mode: Mapped[ExecutionMode | None] = mapped_column(listed(ExecutionMode, name="execution_mode"))
    advance_percent: Mapped[int | None]
    payment_rhythm: Mapped[str | None] = mapped_column(String(200))
    staff_to_take_over: Mapped[int | None]
    staff_note: Mapped[str | None] = mapped_column(String(200))
    visit: Mapped[str | None] = mapped_column(String(200))
    price_weight_percent: Mapped[int | None]
    other_criteria: Mapped[str | None] = mapped_column(String(300))
    replaced_contract: Mapped[str | None] = mapped_column(String(120))
    replaced_ends_on: Mapped[date | None]

    alone_and_grouped_allowed: Mapped[bool | None]
    """May one operator answer both alone and in a groupement (R2142-21, 1°)? None: not said yet."""
    several_groupements_allowed: Mapped[bool | None]
    """May one operator be a member of several groupements (R2142-21, 2°)? None: not said yet."""
    essential_tasks: Mapped[str | None] = mapped_column(Text)
    """Tasks, one a line, that a member named in the candidacy must do itself (R2142-27)."""
    adapted_allotment: Mapped[bool | None]
    """Whether the lot was cut to what structures can carry; None: not said yet."""
    adapted_allotment_reason: Mapped[str | None] = mapped_column(String(300))
    derogation: Mapped[DerogationGround | None] = mapped_column(listed(DerogationGround, name="derogation"))
    """Why there is no condition about employment at or above the European threshold (L2112-2-1); None: none claimed."""
    derogation_reason: Mapped[str | None] = mapped_column(String(500))

    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When it was taken out of the project, or replaced by defined lots."""

    project: Mapped["Project"] = relationship(back_populates="all_lots")
    award: Mapped[Award | None] = relationship(lazy="joined")
    """How its consultation ended; None as long as it has not."""
    levers: Mapped[list["LotLever"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    communes: Mapped[list["LotCommune"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="LotCommune.commune_code"
    )

    @property
    def planned(self) -> PlannedPeriod:
        """When the consultation is planned."""
        return PlannedPeriod(self.planned_on, self.planned_precision)

    @property
    def execution(self) -> PlannedPeriod | None:
        """When the work should begin."""
        if self.execution_on is None or self.execution_precision is None:
            return None
        return PlannedPeriod(self.execution_on, self.execution_precision)

    @property
    def outcome(self) -> LotOutcome | None:
        return self.award.outcome if self.award else None

    @property
    def shown_name(self) -> str:
        """« Lot 2, espaces verts »."""
        return f"Lot {self.number}" + (f", {self.title}" if self.title else "")

    @property
    def is_whole(self) -> bool:
        """Whether it stands for a project whose allotment is not defined."""
        return self.number == 0

    @property
    def commune_codes(self) -> tuple[str, ...]:
        return tuple(sorted(place.commune_code for place in self.communes))

    @property
    def facts(self) -> LotFacts:
        return LotFacts(
            **{name: getattr(self, name) for name in _FACTS},
            planned=self.planned,
            execution=self.execution,
            commune_codes=self.commune_codes,
            levers=tuple(held.choice for held in sorted(self.levers, key=lambda held: list(Lever).index(held.lever))),
        )

    def tell(self, facts: LotFacts) -> None:
        """Take these facts for its own."""
        for name in _FACTS:
            setattr(self, name, getattr(facts, name))
        self.amount_band = facts.band
        self.planned_on, self.planned_precision = facts.planned.starts_on, facts.planned.precision
        self.execution_on = facts.execution.starts_on if facts.execution else None
        self.execution_precision = facts.execution.precision if facts.execution else None
        self._tell_communes(set(facts.commune_codes))
        self._tell_levers({choice.lever: choice for choice in facts.levers})

    def _tell_communes(self, codes: set[str]) -> None:
        kept = [place for place in self.communes if place.commune_code in codes]
        new = codes - {place.commune_code for place in kept}
        self.communes = [*kept, *(LotCommune(commune_code=code) for code in sorted(new))]

    def _tell_levers(self, choices: dict[Lever, LeverChoice]) -> None:
        kept = {held.lever: held for held in self.levers if held.lever in choices}
        self.levers = [kept.get(lever) or LotLever(lever=lever) for lever in choices]
        for held in self.levers:
            held.tell(choices[held.lever])


class LotLever(Base):
    """One lever weighed for a lot: envisaged, decided, or discarded with its reason."""

    __tablename__ = "lot_lever"
    __table_args__ = (
        UniqueConstraint("lot_id", "lever"),
        CheckConstraint("reservation IS NULL OR lever = 'reserved'", name="reservation_of_reserved"),
        _percentage("weight_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    lever: Mapped[Lever] = mapped_column(listed(Lever, name="lever"))
    state: Mapped[LeverState] = mapped_column(listed(LeverState, name="state"))
    reservation: Mapped[Reservation | None] = mapped_column(listed(Reservation, name="reservation"))
    """Whom a reserved lot is kept for; it carries the article."""
    weight_percent: Mapped[int | None]
    """What the social criterion weighs in the note."""
    reason: Mapped[str | None] = mapped_column(String(500))

    @property
    def choice(self) -> LeverChoice:
        return LeverChoice(self.lever, self.state, self.reservation, self.weight_percent, self.reason)

    def tell(self, choice: LeverChoice) -> None:
        self.state, self.reservation = choice.state, choice.reservation
        self.weight_percent, self.reason = choice.weight_percent, choice.reason


class LotCommune(Base):
    """A commune where the lot is carried out."""

    __tablename__ = "lot_commune"
    __table_args__ = (Index("ix_lot_commune_commune_code", "commune_code"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)
