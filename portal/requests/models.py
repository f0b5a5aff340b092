"""Purchase requests, and the coefficients by which a buyer turns an amount into hours of insertion."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Public
from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.forecast.models import Project
from portal.kernel.period import PlannedPeriod
from portal.requests.facts import RequestFacts
from portal.storage import Base, Cents, UtcInstant, Versioned, listed
from portal.vocabulary import Lever, PlannedPrecision, PurchaseFamily, RequestState, Trade

_COMPOSED = {"wanted", "commune_codes"}
_FACTS = tuple(fact.name for fact in fields(RequestFacts) if fact.name not in _COMPOSED)


def _share(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 10000", name=column)


class PurchaseRequest(Public, Versioned, Base):
    """A need, in the words of the department that has it. It becomes a project, or is answered why not."""

    __tablename__ = "purchase_request"
    __table_args__ = (
        Index("ix_purchase_request_buyer_id_state", "buyer_id", "state"),
        Index("ix_purchase_request_account_id", "account_id"),
        UniqueConstraint("project_id"),
        CheckConstraint("budget >= 0", name="budget"),
        CheckConstraint("duration_months > 0", name="duration_months"),
        CheckConstraint("price_weight_percent BETWEEN 0 AND 100", name="price_weight_percent"),
        CheckConstraint("hourly_cost > 0", name="hourly_cost"),
        CheckConstraint("support_cost >= 0", name="support_cost"),
        CheckConstraint("(state = 'taken') = (project_id IS NOT NULL)", name="taken"),
        _share("labour_share"),
        _share("insertion_rate"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    """Who writes it: the prescripteur."""
    by_label: Mapped[str] = mapped_column(String(300))
    service: Mapped[str | None] = mapped_column(String(120))
    """The department that has the need."""
    title: Mapped[str] = mapped_column(String(200))
    need: Mapped[str | None] = mapped_column(Text)
    """What is wanted, in plain words."""
    family: Mapped[PurchaseFamily | None] = mapped_column(listed(PurchaseFamily, name="family"))
    trade: Mapped[Trade | None] = mapped_column(listed(Trade, name="trade"))
    cpv_code: Mapped[str | None] = mapped_column(ForeignKey("cpv.code"))
    wanted_on: Mapped[date | None]
    """First day of the period in which the work should begin."""
    wanted_precision: Mapped[PlannedPrecision | None] = mapped_column(listed(PlannedPrecision, name="wanted_precision"))
    duration_months: Mapped[int | None]
    whole_territory: Mapped[bool] = mapped_column(default=False)
    budget: Mapped[Decimal | None] = mapped_column(Cents())
    """The envelope over the whole duration, in euros before tax. Never public."""
    price_weight_percent: Mapped[int | None]
    """What the department imagines for the price in the note."""
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    """The running contract that the purchase would renew."""
    renewed_project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    """The old project that it repeats."""
    current_supplier: Mapped[str | None] = mapped_column(String(200))
    """How it is bought today, in words, when the portal does not know the contract."""
    wished_lever: Mapped[Lever | None] = mapped_column(listed(Lever, name="wished_lever"))
    wish_note: Mapped[str | None] = mapped_column(String(500))
    labour_share: Mapped[int | None]
    """Basis points of the amount that pays for work, as tried for this request; None: the trade's own."""
    insertion_rate: Mapped[int | None]
    """Basis points of the work that people in insertion would do."""
    hourly_cost: Mapped[Decimal | None] = mapped_column(Cents())
    """Euros before tax for an hour."""
    support_cost: Mapped[Decimal | None] = mapped_column(Cents())
    """Euros before tax that support adds to an hour of insertion."""
    state: Mapped[RequestState] = mapped_column(listed(RequestState, name="state"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    saved_at: Mapped[datetime] = mapped_column(UtcInstant())
    filed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    answered_by_label: Mapped[str | None] = mapped_column(String(300))
    answer: Mapped[str | None] = mapped_column(Text)
    """What purchasing told: what to complete, or why nothing follows."""
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    """What it became."""

    buyer: Mapped[Organisation] = relationship()
    contract: Mapped[Contract | None] = relationship()
    project: Mapped[Project | None] = relationship(foreign_keys=[project_id])
    renewed_project: Mapped[Project | None] = relationship(foreign_keys=[renewed_project_id])
    communes: Mapped[list["RequestCommune"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="RequestCommune.commune_code"
    )

    @property
    def wanted(self) -> PlannedPeriod | None:
        if self.wanted_on is None or self.wanted_precision is None:
            return None
        return PlannedPeriod(self.wanted_on, self.wanted_precision)

    @property
    def commune_codes(self) -> tuple[str, ...]:
        return tuple(sorted(place.commune_code for place in self.communes))

    @property
    def facts(self) -> RequestFacts:
        said = {name: getattr(self, name) for name in _FACTS}
        return RequestFacts(**said, wanted=self.wanted, commune_codes=self.commune_codes)

    def tell(self, facts: RequestFacts) -> None:
        """Take these facts for its own."""
        for name in _FACTS:
            setattr(self, name, getattr(facts, name))
        self.wanted_on = facts.wanted.starts_on if facts.wanted else None
        self.wanted_precision = facts.wanted.precision if facts.wanted else None
        kept = [place for place in self.communes if place.commune_code in facts.commune_codes]
        new = set(facts.commune_codes) - {place.commune_code for place in kept}
        self.communes = [*kept, *(RequestCommune(commune_code=code) for code in sorted(new))]


class RequestCommune(Base):
    """A commune where the work would be done."""

    __tablename__ = "request_commune"

    request_id: Mapped[int] = mapped_column(ForeignKey("purchase_request.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)


class HoursCoefficient(Versioned, Base):
    """By which a buyer estimates hours in one trade. Without a row: the portal's own, in `requests.estimates`."""

    __tablename__ = "hours_coefficient"
    __table_args__ = (
        UniqueConstraint("buyer_id", "trade"),
        CheckConstraint("hourly_cost > 0", name="hourly_cost"),
        CheckConstraint("support_cost >= 0", name="support_cost"),
        _share("labour_share"),
        _share("insertion_rate"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    labour_share: Mapped[int]
    """Basis points."""
    insertion_rate: Mapped[int]
    """Basis points."""
    hourly_cost: Mapped[Decimal] = mapped_column(Cents())
    support_cost: Mapped[Decimal] = mapped_column(Cents())
    """What support adds to an hour of insertion."""
