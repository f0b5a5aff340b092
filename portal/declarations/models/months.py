"""The month being filled in: its lines, what is told of the whole, and the parts entrusted to employers."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.contracts.models import Contract
from portal.declarations.models.people import Participant, new_public_id
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.storage import Base, Centihours, Cents, MonthColumn, UtcInstant, Versioned, listed
from portal.vocabulary import (
    ActionKind,
    AgeBand,
    ContractType,
    DeclarationState,
    EducationLevel,
    ExitKind,
    HiringMode,
    PartState,
)

if TYPE_CHECKING:
    from portal.declarations.models.deposits import Deposit


class ToldMonth:
    """Mixin of what a declarant tells of a whole month, working or deposited."""

    comment: Mapped[str | None] = mapped_column(Text)
    """A word for the facilitateur. No name: the form warns, here and below."""
    people_progress: Mapped[str | None] = mapped_column(Text)
    """« Ce qui s’est passé ce mois-ci »: how people got on."""
    structure_progress: Mapped[str | None] = mapped_column(Text)
    """And how the structure did."""
    explanation: Mapped[str | None] = mapped_column(Text)
    """What is said of a month that looked unusual as a whole."""
    invoiced: Mapped[Decimal | None] = mapped_column(Cents())
    """Invoiced to the buyer on the contract for the month, in euros before tax; None: not said."""
    paid_to_structures: Mapped[Decimal | None] = mapped_column(Cents())
    """Paid to insertion structures for the month, in euros before tax; None: not said."""
    labour_hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """All hours of labour on the contract, for a commitment told as a share of them; None: not said."""


class Declaration(ToldMonth, Versioned, Base):
    """What one titulaire says of one month of one contract. « En retard » is derived from `due_on`."""

    __tablename__ = "declaration"
    __table_args__ = (
        UniqueConstraint("contract_id", "organisation_id", "month"),
        Index("ix_declaration_state_due_on", "state", "due_on"),
        Index("ix_declaration_organisation_id_state", "organisation_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(CHAR(12), unique=True, default=new_public_id)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    month: Mapped[Month] = mapped_column(MonthColumn())
    state: Mapped[DeclarationState] = mapped_column(listed(DeclarationState, name="state"))
    due_on: Mapped[date]
    is_nil: Mapped[bool] = mapped_column(default=False)
    """« Néant »: nobody worked on the contract that month."""
    opened_at: Mapped[datetime] = mapped_column(UtcInstant())
    saved_at: Mapped[datetime | None] = mapped_column(UtcInstant())

    contract: Mapped[Contract] = relationship()
    organisation: Mapped[Organisation] = relationship()
    lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan", order_by="Line.id")
    deposits: Mapped[list["Deposit"]] = relationship(order_by="Deposit.number")
    parts: Mapped[list["DelegatedPart"]] = relationship(
        cascade="all, delete-orphan", order_by="DelegatedPart.id", back_populates="declaration"
    )
    actions: Mapped[list["DeclaredAction"]] = relationship(cascade="all, delete-orphan", order_by="DeclaredAction.id")

    def is_late_on(self, day: date) -> bool:
        return self.state in DeclarationState.awaited() and self.due_on < day

    def lines_of(self, employer_id: int | None) -> list["Line"]:
        """Those that an employer fills; None: the declarant's own."""
        return [line for line in self.lines if line.employer_id == employer_id]

    @property
    def counted_lines(self) -> list["Line"]:
        """What a deposit would take: the declarant's own lines, and those of the parts that are handed."""
        handed = {part.employer_id for part in self.parts if part.state is PartState.HANDED}
        return [line for line in self.lines if line.employer_id is None or line.employer_id in handed]


class WorkedMonth:
    """Mixin of what a line says of one person's month, working or deposited."""

    hours: Mapped[Decimal] = mapped_column(Centihours())
    """Declared, training included."""
    training_hours: Mapped[Decimal] = mapped_column(Centihours(), default=Decimal(0))
    hiring_mode: Mapped[HiringMode] = mapped_column(listed(HiringMode, name="hiring_mode"))
    contract_type: Mapped[ContractType] = mapped_column(listed(ContractType, name="contract_type"))
    has_tutor: Mapped[bool] = mapped_column(default=False)
    """Whether somebody of the company is the person's tutor."""
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Who employs them and fills the line in, when the titulaire entrusted it; None: the declarant."""
    explanation: Mapped[str | None] = mapped_column(String(500))
    """What the declarant says of what looked unusual."""
    entered_on: Mapped[date]
    age_band: Mapped[AgeBand | None] = mapped_column(listed(AgeBand, name="age_band"))
    education: Mapped[EducationLevel | None] = mapped_column(listed(EducationLevel, name="education"))
    exit_on: Mapped[date | None]
    exit_kind: Mapped[ExitKind | None] = mapped_column(listed(ExitKind, name="exit_kind"))


class Line(WorkedMonth, Base):
    """One person's month in the working declaration, with one employer."""

    __tablename__ = "declaration_line"
    __table_args__ = (
        UniqueConstraint("declaration_id", "participant_id"),
        CheckConstraint("hours >= 0 AND training_hours >= 0 AND training_hours <= hours", name="hours"),
        CheckConstraint("(exit_on IS NULL) = (exit_kind IS NULL)", name="exit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))

    participant: Mapped[Participant] = relationship()


class DeclaredAction(Base):
    """Actions of one kind done in the month (stage, immersion, parrainage): counted, never turned into hours."""

    __tablename__ = "declared_action"
    __table_args__ = (
        UniqueConstraint("declaration_id", "action"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    action: Mapped[ActionKind] = mapped_column(listed(ActionKind, name="action"))
    quantity: Mapped[int]


class Delegation(Base):
    """A titulaire entrusts lines of a contract to a structure that employs (ETTI, AI, GEIQ…): it fills, he deposits."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index(
            "uq_delegation_live",
            "contract_id",
            "organisation_id",
            "employer_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_delegation_employer_id", "employer_id"),
        CheckConstraint("organisation_id <> employer_id", name="employer"),
        CheckConstraint("until IS NULL OR until >= since", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """The declarant."""
    employer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    since: Mapped[Month] = mapped_column(MonthColumn())
    until: Mapped[Month | None] = mapped_column(MonthColumn())
    """The last month entrusted; None: still under way."""

    employer: Mapped[Organisation] = relationship(foreign_keys=employer_id)


class DelegatedPart(Versioned, Base):
    """One employer's part of one month: filled from its own account, handed to the declarant, who deposits."""

    __tablename__ = "delegated_part"
    __table_args__ = (
        UniqueConstraint("declaration_id", "employer_id"),
        Index("ix_delegated_part_employer_id", "employer_id", "state"),
        CheckConstraint("(state = 'handed') = (handed_at IS NOT NULL)", name="handed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    employer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[PartState] = mapped_column(listed(PartState, name="state"), default=PartState.OPEN)
    saved_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    handed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    handed_by_label: Mapped[str | None] = mapped_column(String(300))
    to_correct: Mapped[str | None] = mapped_column(Text)
    """Why the declarant gave it back; None once it is handed again. No name: the form warns."""

    declaration: Mapped[Declaration] = relationship(back_populates="parts")
    employer: Mapped[Organisation] = relationship()
    lines: Mapped[list[Line]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Line.declaration_id) == DelegatedPart.declaration_id, Line.employer_id == DelegatedPart.employer_id
        ),
        order_by=Line.id,
        viewonly=True,
    )
