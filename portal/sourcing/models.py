"""What suppliers and buyers tell each other before a consultation."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Public
from portal.directory.models import Organisation
from portal.forecast.models import Lot, Project
from portal.storage import Base, Centihours, UtcInstant, Versioned, declare_append_only, listed
from portal.vocabulary import DisinterestReason, ExchangeKind, InterestKind, QuestionState, SupportKind


class Interest(Versioned, Base):
    """The latest word of an organisation about a lot."""

    __tablename__ = "interest"
    __table_args__ = (
        UniqueConstraint("lot_id", "organisation_id"),
        Index("ix_interest_organisation_id", "organisation_id"),
        CheckConstraint("hours >= 0", name="hours"),
        CheckConstraint("(kind = 'not_interested') = (disinterest IS NOT NULL)", name="disinterest_told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[InterestKind] = mapped_column(listed(InterestKind, name="kind"))
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """What it could carry of the lot, over the whole duration."""
    named_to_buyer: Mapped[bool]
    """Whether the buyer reads its name; otherwise it counts in the totals only."""
    named_to_others: Mapped[bool]
    """Whether other structures and networks read its name."""
    disinterest: Mapped[DisinterestReason | None] = mapped_column(listed(DisinterestReason, name="disinterest"))
    note: Mapped[str | None] = mapped_column(String(500))
    """A word of its own, read by whoever reads its name."""
    told_at: Mapped[datetime] = mapped_column(UtcInstant())

    lot: Mapped[Lot] = relationship()
    organisation: Mapped[Organisation] = relationship()
    communes: Mapped[list["InterestCommune"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class InterestCommune(Base):
    """A commune of the lot where it would work; none: all of them."""

    __tablename__ = "interest_commune"

    interest_id: Mapped[int] = mapped_column(ForeignKey("interest.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)


class InterestWord(Base):
    """Each word in turn: the latest wins, none is lost."""

    __tablename__ = "interest_word"
    __table_args__ = (Index("ix_interest_word_interest_id", "interest_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interest.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))
    kind: Mapped[InterestKind] = mapped_column(listed(InterestKind, name="kind"))
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    disinterest: Mapped[DisinterestReason | None] = mapped_column(listed(DisinterestReason, name="disinterest"))
    named_to_buyer: Mapped[bool]
    named_to_others: Mapped[bool]
    """What it agreed to that day: the proof of it."""
    note: Mapped[str | None] = mapped_column(String(500))


class Question(Public, Versioned, Base):
    """A question about a project; the public reads the buyer's wording of it, never who asked."""

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_project_id", "project_id", "state"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("state <> 'answered' OR (public_text IS NOT NULL AND answer IS NOT NULL)", name="public"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """For whom it was asked: never shown to the buyer nor to others."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcInstant())
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[QuestionState] = mapped_column(listed(QuestionState, name="state"))
    public_text: Mapped[str | None] = mapped_column(Text)
    """What all read of the question: without anything that tells who asked."""
    answer: Mapped[str | None] = mapped_column(Text)
    """To all; for a question set aside, why, read by whoever asked."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    answered_by_label: Mapped[str | None] = mapped_column(String(300))

    project: Mapped[Project] = relationship()
    lot: Mapped[Lot | None] = relationship()


class Exchange(Base):
    """Something told to one supplier outside the public page, kept for equal treatment; never changed."""

    __tablename__ = "exchange"
    __table_args__ = (Index("ix_exchange_project_id", "project_id", "told_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[ExchangeKind] = mapped_column(listed(ExchangeKind, name="kind"))
    told_on: Mapped[date]
    told_to: Mapped[str] = mapped_column(String(300))
    """Who was told, as the buyer wrote it: an organisation, a network, the room of a meeting."""
    text: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))


class SupportAction(Public, Versioned, Base):
    """Somebody helps a structure to get ready: why, with whom, the next date, and what came of it."""

    __tablename__ = "support_action"
    __table_args__ = (
        Index("ix_support_action_author_id", "author_id", "done_on"),
        Index("ix_support_action_structure_id", "structure_id"),
        CheckConstraint("done_on IS NULL OR result IS NOT NULL", name="result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """The buyer, network or facilitation body that notes it and follows it."""
    structure_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    helper: Mapped[str] = mapped_column(String(200))
    """Who helps, in words: the author's own service, a network, an operator."""
    kind: Mapped[SupportKind] = mapped_column(listed(SupportKind, name="kind"))
    reason: Mapped[str] = mapped_column(Text)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    """The purchase that it prepares for, when there is one."""
    started_on: Mapped[date]
    next_on: Mapped[date | None]
    done_on: Mapped[date | None]
    result: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))

    author: Mapped[Organisation] = relationship(foreign_keys=[author_id])
    structure: Mapped[Organisation] = relationship(foreign_keys=[structure_id])
    project: Mapped[Project | None] = relationship()


class PublicMeeting(Public, Versioned, Base):
    """A meeting open to all suppliers: on the calendar, told to those who follow."""

    __tablename__ = "public_meeting"
    __table_args__ = (
        Index("ix_public_meeting_starts_at", "starts_at"),
        Index("ix_public_meeting_buyer_id", "buyer_id"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("(cancelled_at IS NULL) = (cancel_reason IS NULL)", name="cancelled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UtcInstant())
    ends_at: Mapped[datetime] = mapped_column(UtcInstant())
    place: Mapped[str | None] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(300))
    """Where to follow it from afar, or to register."""
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    changed_at: Mapped[datetime] = mapped_column(UtcInstant())
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    cancel_reason: Mapped[str | None] = mapped_column(String(300))

    buyer: Mapped[Organisation] = relationship()
    project: Mapped[Project | None] = relationship()


declare_append_only("interest_word")
declare_append_only("exchange")
