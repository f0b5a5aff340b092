"""Projects, their lots and levers, the public history, and the narrow table that the public list reads."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.directory.models import Organisation
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.rules import is_web_address
from portal.kernel.period import PlannedPeriod
from portal.storage import Base, Centihours, Cents, SearchTable, UtcInstant, Versioned, declare_ddl, listed
from portal.vocabulary import (
    AmountBand,
    Confidence,
    ExecutionMode,
    Lever,
    LeverState,
    PlannedPrecision,
    Procedure,
    ProjectState,
    PurchaseFamily,
    Reservation,
    Technique,
    Trade,
)

lot_search = SearchTable("lot_search")

_PROJECT_FACTS = tuple(fact.name for fact in fields(ProjectFacts))
_COMPOSED = {"planned", "execution", "commune_codes", "levers"}
_LOT_FACTS = tuple(fact.name for fact in fields(LotFacts) if fact.name not in _COMPOSED)


def _percentage(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 100", name=column)


class Project(Versioned, Base):
    """A purchase that a buyer plans: it stays one thing from the first draft to the award.

    It always has at least one live lot. As long as the allotment is not defined, that is lot 0, « l’ensemble », which
    carries the facts of the whole; see docs/decisions/forecast.md.
    """

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("buyer_id", "year", "number"),
        Index("ix_project_buyer_id_state", "buyer_id", "state"),
        CheckConstraint("lots_per_candidate > 0", name="lots_per_candidate"),
        CheckConstraint("reply_days > 0", name="reply_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str] = mapped_column(String(90), unique=True)
    """The project's name in addresses, for ever: the buyer's name when it was created, then year and number."""
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str | None] = mapped_column(Text)
    family: Mapped[PurchaseFamily] = mapped_column(listed(PurchaseFamily, name="family"))
    procedure: Mapped[Procedure | None] = mapped_column(listed(Procedure, name="procedure"))
    reply_days: Mapped[int | None]
    """Days that candidates will have between the consultation and the offers."""
    lots_per_candidate: Mapped[int | None]
    """At most so many lots for one candidate (L2113-10); None: no limit said."""
    allotment_defined: Mapped[bool]
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_service: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    state: Mapped[ProjectState] = mapped_column(listed(ProjectState, name="state"))
    state_since: Mapped[datetime] = mapped_column(UtcInstant())
    published_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """The first publication; None for a project that was never public."""
    tender_url: Mapped[str | None] = mapped_column(String(300))
    """Where the consultation runs, on the buyer's profile."""
    offers_due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    created_by: Mapped[int | None]
    """The account's id, without foreign key, as in the journal."""
    saved_at: Mapped[datetime] = mapped_column(UtcInstant())
    """The last time anyone saved anything of it, drafts included."""

    buyer: Mapped[Organisation] = relationship()
    all_lots: Mapped[list["Lot"]] = relationship(back_populates="project", order_by="Lot.number")
    """Ended ones included: nothing that was public is deleted."""

    @property
    def facts(self) -> ProjectFacts:
        return ProjectFacts(**{name: getattr(self, name) for name in _PROJECT_FACTS})

    def tell(self, facts: ProjectFacts) -> None:
        """Take these facts for its own."""
        for name in _PROJECT_FACTS:
            setattr(self, name, getattr(facts, name))

    @property
    def shown_number(self) -> str:
        """« 2027-0042 »."""
        return f"{self.year}-{self.number:04}"

    @property
    def lots(self) -> list["Lot"]:
        """The lots that live, in order."""
        return sorted((lot for lot in self.all_lots if lot.ended_at is None), key=lambda lot: lot.number)

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def only_lot(self) -> "Lot | None":
        """The lot that is the whole project, when there is one."""
        return self.lots[0] if len(self.lots) == 1 else None

    @property
    def tender_link(self) -> str | None:
        """Where to answer, when a browser may be led there."""
        return self.tender_url if is_web_address(self.tender_url) else None

    def lot_numbered(self, number: int) -> "Lot | None":
        return next((lot for lot in self.lots if lot.number == number), None)


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
    adapted_allotment: Mapped[bool | None]
    """Whether the lot was cut to what structures can carry; None: not said yet."""
    adapted_allotment_reason: Mapped[str | None] = mapped_column(String(300))

    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When it was taken out of the project, or replaced by defined lots."""

    project: Mapped[Project] = relationship(back_populates="all_lots")
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
    def is_whole(self) -> bool:
        """Whether it stands for a project whose allotment is not defined."""
        return self.number == 0

    @property
    def commune_codes(self) -> tuple[str, ...]:
        return tuple(sorted(place.commune_code for place in self.communes))

    @property
    def facts(self) -> LotFacts:
        return LotFacts(
            **{name: getattr(self, name) for name in _LOT_FACTS},
            planned=self.planned,
            execution=self.execution,
            commune_codes=self.commune_codes,
            levers=tuple(held.choice for held in sorted(self.levers, key=lambda held: list(Lever).index(held.lever))),
        )

    def tell(self, facts: LotFacts) -> None:
        """Take these facts for its own."""
        for name in _LOT_FACTS:
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


class ReferenceSeries(Base):
    """The last number given to a project of a buyer in a year: taking the next one locks the row."""

    __tablename__ = "reference_series"

    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class Revision(Base):
    """One public change, in words, with its reason. The public history is these rows; the database keeps them as is."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_project_id_id", "project_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))
    """Who speaks to the public: the buyer, or its department. The person stands in the journal."""
    field: Mapped[str] = mapped_column(String(60))
    """Which fact changed: a code, so that later rooms may choose whom to tell."""
    label: Mapped[str] = mapped_column(String(200))
    """The fact in words."""
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class PublicationMark(Base):
    """One row, whose counter grows with each public change: while it stands still, a browser's copy is fresh."""

    __tablename__ = "publication_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counter: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None] = mapped_column(UtcInstant())


class Listing(Base):
    """One public lot as the public list filters, counts and sorts it: codes and numbers, no words.

    Kept by the services in the transaction of each public change; `listing.rebuild` makes it anew.
    """

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("levers BETWEEN 0 AND 15", name="levers"),
        Index("ix_listing_planned_on", "planned_on", "lot_id"),
        Index("ix_listing_hours", "hours", "lot_id"),
        Index("ix_listing_amount", "amount", "lot_id"),
        Index("ix_listing_changed_at", "changed_at", "lot_id"),
        Index("ix_listing_project_id", "project_id"),
    )

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    levers: Mapped[int]
    """One bit for each lever envisaged or decided, in the order of `Lever`."""
    planned_on: Mapped[date]
    quarter: Mapped[int]
    """Year × 4 + quarter − 1 of `planned_on`: one number, so that periods compare."""
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    confidence: Mapped[Confidence] = mapped_column(listed(Confidence, name="confidence"))
    amount_band: Mapped[AmountBand | None] = mapped_column(listed(AmountBand, name="amount_band"))
    amount: Mapped[Decimal] = mapped_column(Cents())
    """What orders lots by amount; zero when it is not known."""
    hours: Mapped[Decimal] = mapped_column(Centihours())
    """What orders lots by hours; zero when there are none."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant())


class ListingPlace(Base):
    """Where a public lot is carried out: a commune's code, or a whole territory under `rules.whole_place`."""

    __tablename__ = "listing_place"
    __table_args__ = (Index("ix_listing_place_place", "place", "lot_id"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("listing.lot_id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(10), primary_key=True)


class ListingTally(Base):
    """How many public lots have each value of each facet: what the list shows when nothing restricts it.

    Kept with `listing`, in the same transactions, so that the first page never counts a hundred thousand rows.
    """

    __tablename__ = "listing_tally"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    facet: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]


_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END"

declare_ddl(
    sqlite=[
        f"CREATE TRIGGER revision_no_update BEFORE UPDATE ON revision {_REFUSAL}",
        f"CREATE TRIGGER revision_no_delete BEFORE DELETE ON revision {_REFUSAL}",
        "CREATE TRIGGER revision_no_replace BEFORE INSERT ON revision "
        "WHEN EXISTS (SELECT 1 FROM revision WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END",
    ],
    postgresql=[
        "CREATE FUNCTION revision_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'revision is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER revision_no_update BEFORE UPDATE OR DELETE ON revision "
        "FOR EACH ROW EXECUTE FUNCTION revision_append_only()",
        "CREATE TRIGGER revision_no_truncate BEFORE TRUNCATE ON revision "
        "FOR EACH STATEMENT EXECUTE FUNCTION revision_append_only()",
    ],
)
