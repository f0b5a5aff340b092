"""Contracts, their titulaires, the months they declare, who follows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.storage import Base, Centihours, Cents, MonthColumn, SearchTable, UtcInstant, Versioned, listed
from portal.vocabulary import (
    CommitmentKind,
    ContractFamily,
    ContractSource,
    DecpGroupement,
    IdentifierType,
    Procedure,
    Reservation,
    Trade,
)

if TYPE_CHECKING:
    from portal.contracts.models.amendments import Amendment
    from portal.contracts.models.promises import Commitment, CommitmentPool

contract_search = SearchTable("contract_search")
"""Kept by `services.index_contracts`, which whoever writes contracts calls in the same transaction."""


class Contract(Versioned, Base):
    """A contract of a buyer, awarded on the portal or read from DECP.

    A buyer whose identifier is no valid SIRET stays as read, linked to no organisation; see `ContractTitulaire`.
    """

    __tablename__ = "contract"
    __table_args__ = (
        Index("ix_contract_buyer_id_ends_on", "buyer_id", "ends_on"),
        Index("ix_contract_pool_id", "pool_id"),
        CheckConstraint("duration_months > 0", name="duration_months"),
        CheckConstraint("ends_on IS NULL OR ends_on >= notified_on", name="period"),
        CheckConstraint("due_day BETWEEN 1 AND 28", name="due_day"),
        CheckConstraint("(first_month IS NULL) = (last_month IS NULL)", name="reporting"),
        CheckConstraint("first_month <= last_month", name="reporting_order"),
        CheckConstraint("training_cap_percent BETWEEN 0 AND 100", name="training_cap_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(120), unique=True)
    """The contract's name in addresses, for ever."""
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    buyer_identifier: Mapped[str] = mapped_column(String(60))
    buyer_name: Mapped[str | None] = mapped_column(String(250))
    number: Mapped[str] = mapped_column(String(120))
    """The buyer's own number, « 2024E025 »."""
    object: Mapped[str] = mapped_column(Text)
    family: Mapped[ContractFamily] = mapped_column(listed(ContractFamily, name="family"), default=ContractFamily.MARKET)
    nature: Mapped[str | None] = mapped_column(String(120))
    """As read in DECP: older schemas have natures that today's list no longer holds."""
    cpv_code: Mapped[str | None] = mapped_column(String(10))
    """Eight digits; not a key, since files name codes that the list does not hold."""
    trade: Mapped[Trade | None] = mapped_column(listed(Trade, name="trade"))
    procedure: Mapped[Procedure | None] = mapped_column(listed(Procedure, name="procedure"))
    procedure_as_read: Mapped[str | None] = mapped_column(String(200))
    reservation: Mapped[Reservation | None] = mapped_column(listed(Reservation, name="reservation"))
    """Whom the lot was kept for, when the portal knows the article."""
    is_reserved: Mapped[bool] = mapped_column(default=False)
    has_social_clause: Mapped[bool] = mapped_column(default=False)
    has_social_criterion: Mapped[bool] = mapped_column(default=False)
    notified_on: Mapped[date]
    """The earliest notification: amendments carry their own."""
    amended_on: Mapped[date | None]
    """The latest notification read in DECP, when it is not the first: amount and duration are of that day."""
    duration_months: Mapped[int | None]
    ends_on: Mapped[date | None]
    amount: Mapped[Decimal | None] = mapped_column(Cents())
    """Of the whole contract, in euros before tax, once: DECP repeats it on each co-titulaire."""
    groupement: Mapped[DecpGroupement | None] = mapped_column(listed(DecpGroupement, name="groupement"))
    mandataire_solidaire: Mapped[bool | None]
    """Whether the mandataire of a groupement conjoint stands for all (R2142-24): DECP does not say."""
    offers_received: Mapped[int | None]
    source: Mapped[ContractSource] = mapped_column(listed(ContractSource, name="source"))
    decp_uid: Mapped[str | None] = mapped_column(String(160), unique=True)
    published_on: Mapped[date | None]
    """When the buyer published these data."""

    counts_training: Mapped[bool] = mapped_column(default=True)
    training_cap_percent: Mapped[int | None]
    """The most that training may weigh in the hours retained; None: no cap."""
    counting_months: Mapped[int] = mapped_column(default=24)
    """How long a person's hours are taken into account after their entry (domain.md § 0 bis)."""
    first_month: Mapped[Month | None] = mapped_column(MonthColumn())
    """From this month to `last_month`, the titulaires declare; None: nothing is to be declared."""
    last_month: Mapped[Month | None] = mapped_column(MonthColumn())
    due_day: Mapped[int] = mapped_column(default=10)
    """Day of the next month on which a declaration is due, moved to the first business day."""
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("commitment_pool.id"))
    """With which other contracts its promise is kept together (« globalisation »)."""
    created_at: Mapped[datetime] = mapped_column(UtcInstant())

    buyer: Mapped[Organisation | None] = relationship()
    titulaires: Mapped[list["ContractTitulaire"]] = relationship(
        cascade="all, delete-orphan", order_by="ContractTitulaire.position"
    )
    commitments: Mapped[list["Commitment"]] = relationship(cascade="all, delete-orphan", order_by="Commitment.id")
    suspensions: Mapped[list["Suspension"]] = relationship(cascade="all, delete-orphan", order_by="Suspension.month")
    followers: Mapped[list["ContractFollower"]] = relationship(order_by="ContractFollower.id")
    amendments: Mapped[list["Amendment"]] = relationship(order_by="Amendment.number")
    pool: Mapped["CommitmentPool | None"] = relationship(back_populates="contracts")

    @property
    def follower(self) -> "ContractFollower | None":
        """Who follows it now."""
        return next((follower for follower in self.followers if follower.until is None), None)

    @property
    def mandataire(self) -> "ContractTitulaire | None":
        """The member who speaks for all, or the only titulaire."""
        live = [titulaire for titulaire in self.titulaires if titulaire.left_on is None]
        return next((titulaire for titulaire in live if titulaire.is_mandataire), live[0] if live else None)

    @property
    def holders(self) -> list["ContractTitulaire"]:
        """Its titulaires, the mandataire before the others."""
        return sorted(self.titulaires, key=lambda held: (not held.is_mandataire, held.position))

    @property
    def promised_hours(self) -> Decimal:
        """The fixed hours promised, all titulaires together: other kinds are never turned into hours."""
        fixed = (held.quantity for held in self.commitments if held.kind is CommitmentKind.FIXED_HOURS)
        return sum(fixed, Decimal(0))


class ContractTitulaire(Base):
    """Who holds the contract, alone or in a groupement: copied at the award, later changed by amendments only.

    An identifier that is no valid SIRET is kept as read, « identifiant à vérifier », and linked to no organisation.
    """

    __tablename__ = "contract_titulaire"
    __table_args__ = (
        UniqueConstraint("contract_id", "identifier", "name"),
        Index("ix_contract_titulaire_organisation_id", "organisation_id", "contract_id"),
        CheckConstraint("part BETWEEN 0 AND 10000", name="part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int] = mapped_column(default=0)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    identifier: Mapped[str] = mapped_column(String(60), default="")
    identifier_type: Mapped[IdentifierType | None] = mapped_column(listed(IdentifierType, name="identifier_type"))
    name: Mapped[str] = mapped_column(String(250), default="")
    is_mandataire: Mapped[bool] = mapped_column(default=False)
    part: Mapped[int | None]
    """Share of the amount, in basis points: 10 000 is the whole."""
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """Its own share of the hours promised."""
    joined_on: Mapped[date | None]
    """By an amendment; None: since the award."""
    left_on: Mapped[date | None]

    organisation: Mapped[Organisation | None] = relationship()

    @property
    def shown_name(self) -> str:
        return self.organisation.shown_name if self.organisation else self.name or self.identifier

    @property
    def is_to_check(self) -> bool:
        """« identifiant à vérifier »."""
        return self.organisation_id is None


class Suspension(Base):
    """A month for which nothing is to be declared."""

    __tablename__ = "contract_suspension"

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    month: Mapped[Month] = mapped_column(MonthColumn(), primary_key=True)
    reason: Mapped[str | None] = mapped_column(String(300))


class ContractFollower(Base):
    """The facilitateur's organisation that follows a contract, often a third one; one at a time."""

    __tablename__ = "contract_follower"
    __table_args__ = (
        Index(
            "uq_contract_follower_live",
            "contract_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_contract_follower_organisation_id", "organisation_id", "contract_id"),
        CheckConstraint("until IS NULL OR until >= since", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    since: Mapped[date]
    until: Mapped[date | None]

    organisation: Mapped[Organisation] = relationship()
