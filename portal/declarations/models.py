"""Persons without a name, the month's working lines, deposits that never change, and the delta ledger."""

import secrets
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.storage import Base, Centihours, MonthColumn, UtcInstant, Versioned, declare_append_only, listed
from portal.vocabulary import (
    AgeBand,
    ContractType,
    DeclarationState,
    DepositOutcome,
    EducationLevel,
    EligibilityState,
    ExitKind,
    HiringMode,
    PathPrescripteur,
    Public,
    RetentionReason,
    Sex,
)

_new_public_id = partial(secrets.token_urlsafe, 9)


class Person(Base):
    """Somebody brought to work, counted once. Neither name nor birth date: three fingerprints, then nothing.

    Fingerprints are HMAC-SHA-256 under the portal's person key. Anonymising clears them and keeps `public_id`.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_phonetic", "phonetic"), Index("ix_person_swapped", "swapped"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    exact: Mapped[str | None] = mapped_column(CHAR(64), unique=True)
    """Of the folded name and the birth date."""
    phonetic: Mapped[str | None] = mapped_column(CHAR(64))
    """Of how the name sounds and the birth date: finds a spelling mistake."""
    swapped: Mapped[str | None] = mapped_column(CHAR(64))
    """Of the folded name and the birth date with day and month in the order that both people would type."""
    key_version: Mapped[int] = mapped_column(default=1)
    sex: Mapped[Sex | None] = mapped_column(listed(Sex, name="sex"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    anonymised_at: Mapped[datetime | None] = mapped_column(UtcInstant())


class Participant(Base):
    """A declarant's own number (« matricule ») for a person: the only handle that files carry."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("organisation_id", "matricule"), Index("ix_participant_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    matricule: Mapped[str | None] = mapped_column(String(40))
    """None once anonymised."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())

    person: Mapped[Person] = relationship()


class Eligibility(Base):
    """Whether a person's hours count, confirmed once for a buyer (domain.md § 0 bis). The criterion is for the
    facilitateur only: handicap and detention are never shown to a buyer nor to a titulaire."""

    __tablename__ = "eligibility"
    __table_args__ = (UniqueConstraint("person_id", "buyer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[EligibilityState] = mapped_column(listed(EligibilityState, name="state"))
    criterion: Mapped[Public | None] = mapped_column(listed(Public, name="criterion"))
    prescripteur: Mapped[PathPrescripteur | None] = mapped_column(listed(PathPrescripteur, name="prescripteur"))
    decided_by_label: Mapped[str | None] = mapped_column(String(300))
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant())


class Path(Base):
    """A person's path in one contract for one declarant: entry, then an exit that closes it."""

    __tablename__ = "path"
    __table_args__ = (
        UniqueConstraint("person_id", "contract_id", "organisation_id", "entered_on"),
        Index("ix_path_contract_id", "contract_id"),
        CheckConstraint("exit_on IS NULL OR exit_on >= entered_on", name="period"),
        CheckConstraint("(exit_on IS NULL) = (exit_kind IS NULL)", name="exit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """The declarant."""
    entered_on: Mapped[date]
    age_band: Mapped[AgeBand | None] = mapped_column(listed(AgeBand, name="age_band"))
    """At the entry."""
    education: Mapped[EducationLevel | None] = mapped_column(listed(EducationLevel, name="education"))
    hiring_mode: Mapped[HiringMode] = mapped_column(listed(HiringMode, name="hiring_mode"))
    contract_type: Mapped[ContractType] = mapped_column(listed(ContractType, name="contract_type"))
    exit_on: Mapped[date | None]
    exit_kind: Mapped[ExitKind | None] = mapped_column(listed(ExitKind, name="exit_kind"))
    """As last accepted; what a draft says stands on its line."""

    person: Mapped[Person] = relationship()


class Declaration(Versioned, Base):
    """What one titulaire says of one month of one contract. « En retard » is derived from `due_on`."""

    __tablename__ = "declaration"
    __table_args__ = (
        UniqueConstraint("contract_id", "organisation_id", "month"),
        Index("ix_declaration_state_due_on", "state", "due_on"),
        Index("ix_declaration_organisation_id_state", "organisation_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    month: Mapped[Month] = mapped_column(MonthColumn())
    state: Mapped[DeclarationState] = mapped_column(listed(DeclarationState, name="state"))
    due_on: Mapped[date]
    is_nil: Mapped[bool] = mapped_column(default=False)
    """« Néant »: nobody worked on the contract that month."""
    comment: Mapped[str | None] = mapped_column(Text)
    """What the declarant wants to say of the month. No name: the form warns."""
    opened_at: Mapped[datetime] = mapped_column(UtcInstant())
    saved_at: Mapped[datetime | None] = mapped_column(UtcInstant())

    contract: Mapped[Contract] = relationship()
    organisation: Mapped[Organisation] = relationship()
    lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan", order_by="Line.id")
    deposits: Mapped[list["Deposit"]] = relationship(order_by="Deposit.number")

    def is_late_on(self, day: date) -> bool:
        return self.state in DeclarationState.awaited() and self.due_on < day


class WorkedMonth:
    """Mixin of what a line says of one person's month, working or deposited."""

    hours: Mapped[Decimal] = mapped_column(Centihours())
    """Declared, training included."""
    training_hours: Mapped[Decimal] = mapped_column(Centihours(), default=Decimal(0))
    hiring_mode: Mapped[HiringMode] = mapped_column(listed(HiringMode, name="hiring_mode"))
    contract_type: Mapped[ContractType] = mapped_column(listed(ContractType, name="contract_type"))
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


class Deposit(Base):
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
    comment: Mapped[str | None] = mapped_column(Text)
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
