"""Success stories and the agreements that let them be read by all."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Public
from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import StoryState, Trade


class SuccessStory(Public, Versioned, Base):
    """How one contract went, told by its buyer. Its figures are read from the accepted months, never typed."""

    __tablename__ = "success_story"
    __table_args__ = (
        Index("ix_success_story_trade", "trade", "state"),
        Index("ix_success_story_buyer_id", "buyer_id"),
        CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), unique=True)
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    title: Mapped[str] = mapped_column(String(200))
    context: Mapped[str | None] = mapped_column(Text)
    """What was to be bought, and what was feared."""
    practice: Mapped[str | None] = mapped_column(Text)
    """What was done: allotment, support, follow-up."""
    result: Mapped[str | None] = mapped_column(Text)
    """What came of it, in words: quality, delays, people."""
    state: Mapped[StoryState] = mapped_column(listed(StoryState, name="state"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    saved_at: Mapped[datetime] = mapped_column(UtcInstant())
    published_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    withdrawn_reason: Mapped[str | None] = mapped_column(String(300))

    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])
    contract: Mapped[Contract] = relationship()
    agreements: Mapped[list["StoryAgreement"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class StoryAgreement(Base):
    """Whether an organisation named in a story agrees to be. A changed text asks again."""

    __tablename__ = "story_agreement"
    __table_args__ = (
        UniqueConstraint("story_id", "organisation_id"),
        Index("ix_story_agreement_organisation_id", "organisation_id"),
        CheckConstraint("agreed_at IS NULL OR refused_at IS NULL", name="one_answer"),
        CheckConstraint("(told_on IS NULL) = (told_by IS NULL)", name="told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("success_story.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    agreed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    refused_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    answered_by_label: Mapped[str | None] = mapped_column(String(300))
    reason: Mapped[str | None] = mapped_column(String(300))
    told_on: Mapped[date | None]
    """For an organisation without an account: the day it agreed otherwise, as the buyer noted it."""
    told_by: Mapped[str | None] = mapped_column(String(300))
    """Who agreed and how: « par courriel de la direction »."""

    organisation: Mapped[Organisation] = relationship()
