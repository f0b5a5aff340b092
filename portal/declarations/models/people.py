"""People without a name: three fingerprints, a declarant's number, whether their hours count, and their path."""

import secrets
from datetime import date, datetime
from functools import partial

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import (
    AgeBand,
    ContractType,
    EducationLevel,
    EligibilityState,
    ExitKind,
    HiringMode,
    LikenessAnswer,
    PathPrescripteur,
    Public,
    Sex,
    StepKind,
)

new_public_id = partial(secrets.token_urlsafe, 9)


class Person(Base):
    """Somebody brought to work, counted once. Neither name nor birth date: three fingerprints, then nothing.

    Fingerprints are HMAC-SHA-256 under the portal's person key. Anonymising clears them and keeps `public_id`.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_phonetic", "phonetic"), Index("ix_person_swapped", "swapped"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=new_public_id)
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


class Eligibility(Versioned, Base):
    """Whether a person's hours count, confirmed once for a buyer (domain.md § 0 bis). The criterion is for the
    facilitateur only: handicap and detention are never shown to a buyer nor to a titulaire."""

    __tablename__ = "eligibility"
    __table_args__ = (
        UniqueConstraint("person_id", "buyer_id"),
        Index("ix_eligibility_buyer_id_state", "buyer_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[EligibilityState] = mapped_column(listed(EligibilityState, name="state"))
    criterion: Mapped[Public | None] = mapped_column(listed(Public, name="criterion"))
    prescripteur: Mapped[PathPrescripteur | None] = mapped_column(listed(PathPrescripteur, name="prescripteur"))
    attested_on: Mapped[date | None]
    """The day of the prescripteur's attestation, when the eligibility rests on their word."""
    proof_seen_on: Mapped[date | None]
    """The civil day on which the proof was seen; None: nobody said so."""
    decided_by_label: Mapped[str | None] = mapped_column(String(300))
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant())

    further: Mapped[list["FurtherCriterion"]] = relationship(order_by="FurtherCriterion.criterion", viewonly=True)

    @property
    def further_codes(self) -> list[str]:
        return [each.criterion.value for each in self.further]


class FurtherCriterion(Base):
    """Another criterion seen beside the first one, for the facilitateur only."""

    __tablename__ = "further_criterion"

    eligibility_id: Mapped[int] = mapped_column(ForeignKey("eligibility.id"), primary_key=True)
    criterion: Mapped[Public] = mapped_column(listed(Public, name="criterion"), primary_key=True)


class Likeness(Base):
    """What somebody answered, for one buyer, of two persons who may be one: asked, never decided alone."""

    __tablename__ = "likeness"
    __table_args__ = (
        UniqueConstraint("buyer_id", "low_id", "high_id"),
        CheckConstraint("low_id < high_id", name="order"),
        Index("ix_likeness_high_id", "high_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    low_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    high_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[LikenessAnswer] = mapped_column(listed(LikenessAnswer, name="answer"))
    decided_by_label: Mapped[str] = mapped_column(String(300))
    decided_at: Mapped[datetime] = mapped_column(UtcInstant())


class SamePerson(Base):
    """Whom a person counts as, for one buyer: made of the likenesses answered « same », and made anew with them."""

    __tablename__ = "same_person"
    __table_args__ = (Index("ix_same_person_counted_as_id", "counted_as_id"),)

    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    counted_as_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """The oldest of those who are one; never itself counted as another."""


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


class PathStep(Base):
    """Something that happened on a person's path with one buyer, and where they stand six months after an exit."""

    __tablename__ = "path_step"
    __table_args__ = (
        Index("ix_path_step_person_id", "person_id", "buyer_id"),
        CheckConstraint("(kind = 'six_months') = (situation IS NOT NULL)", name="six_months"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """Who noted it."""
    day: Mapped[date]
    kind: Mapped[StepKind] = mapped_column(listed(StepKind, name="kind"))
    situation: Mapped[ExitKind | None] = mapped_column(listed(ExitKind, name="situation"))
    """Six months after the exit only."""
    words: Mapped[str | None] = mapped_column(String(500))
    """No name: the form warns."""
    noted_by_label: Mapped[str] = mapped_column(String(300))
    noted_at: Mapped[datetime] = mapped_column(UtcInstant())
