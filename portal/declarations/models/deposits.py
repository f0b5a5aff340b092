"""What was handed in and never changes, what was answered, and the ledger that every figure adds up."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.declarations.models.months import ToldMonth, WorkedMonth
from portal.declarations.models.people import Participant
from portal.kernel.month import Month
from portal.storage import Base, Centihours, MonthColumn, UtcInstant, declare_append_only, listed
from portal.vocabulary import AgeBand, DepositOutcome, EducationLevel, ExitKind, HiringMode, RetentionReason, Sex


class Deposit(ToldMonth, Base):
    """A declaration as it was handed in: its content never changes, the answer is written on it once."""

    __tablename__ = "deposit"
    __table_args__ = (
        UniqueConstraint("declaration_id", "number"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcInstant())
    by_account_id: Mapped[int | None]
    by_label: Mapped[str] = mapped_column(String(300))
    canonical: Mapped[str] = mapped_column(Text)
    """Canonical JSON of what was handed in; `sha256` is its receipt."""
    sha256: Mapped[str] = mapped_column(CHAR(64))
    is_nil: Mapped[bool]
    hours: Mapped[Decimal] = mapped_column(Centihours())
    people: Mapped[int]
    outcome: Mapped[DepositOutcome | None] = mapped_column(listed(DepositOutcome, name="outcome"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    decided_by_label: Mapped[str | None] = mapped_column(String(300))
    answer: Mapped[str | None] = mapped_column(Text)
    """What the facilitateur says: mandatory when it is returned."""
    retained_hours: Mapped[Decimal | None] = mapped_column(Centihours())

    lines: Mapped[list["DepositLine"]] = relationship(order_by="DepositLine.id")


class DepositLine(WorkedMonth, Base):
    """One person's month as handed in, and what was retained of it when it was accepted."""

    __tablename__ = "deposit_line"
    __table_args__ = (
        UniqueConstraint("deposit_id", "participant_id"),
        Index("ix_deposit_line_participant_id", "participant_id"),
        CheckConstraint("retained_hours >= 0 AND retained_hours <= hours", name="retained_hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposit.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    retained_hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """None until it is accepted."""
    retention_reason: Mapped[RetentionReason | None] = mapped_column(listed(RetentionReason, name="retention_reason"))
    retention_note: Mapped[str | None] = mapped_column(String(300))
    remark: Mapped[str | None] = mapped_column(String(500))
    """What the facilitateur says of this line when the deposit is sent back."""

    participant: Mapped[Participant] = relationship()


class Delta(Base):
    """What an acceptance adds to the figures (+1), or a reopening takes back (−1): append-only, one row a line.

    Every figure is a sum over these rows. Keys are copied so that a figure needs no other table.
    """

    __tablename__ = "delta"
    __table_args__ = (
        UniqueConstraint("deposit_line_id", "sign"),
        Index("ix_delta_buyer_id_month", "buyer_id", "month"),
        Index("ix_delta_contract_id", "contract_id", "month"),
        CheckConstraint("sign IN (-1, 1)", name="sign"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant())
    sign: Mapped[int]
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposit.id"))
    deposit_line_id: Mapped[int] = mapped_column(ForeignKey("deposit_line.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """The declarant."""
    month: Mapped[Month] = mapped_column(MonthColumn())
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hours_declared: Mapped[Decimal] = mapped_column(Centihours())
    hours_retained: Mapped[Decimal] = mapped_column(Centihours())
    sex: Mapped[Sex | None] = mapped_column(listed(Sex, name="sex"))
    age_band: Mapped[AgeBand | None] = mapped_column(listed(AgeBand, name="age_band"))
    education: Mapped[EducationLevel | None] = mapped_column(listed(EducationLevel, name="education"))
    hiring_mode: Mapped[HiringMode] = mapped_column(listed(HiringMode, name="hiring_mode"))
    exit_kind: Mapped[ExitKind | None] = mapped_column(listed(ExitKind, name="exit_kind"))


declare_append_only("delta")
