"""The tables that the public list reads, kept by `portal.forecast.listing`."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, Centihours, Cents, SearchedRows, UtcInstant, listed
from portal.vocabulary import (
    AmountBand,
    Confidence,
    Trade,
)

lot_search = SearchedRows("lot_search", rows="listing", key="lot_id")


_COUNTED = (
    "buyer_id",
    "levers",
    "trade",
    "quarter",
    "amount_band",
    "confidence",
    "planned_on",
    "hours",
    "amount",
    "changed_at",
)


class Listing(Base):
    """One public lot as the public list filters, counts and sorts it: codes and numbers; its words are `lot_search`'s.

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
        # What is counted without words is read here: PostgreSQL's rows hold their words, six times as long.
        Index("ix_listing_counted", "lot_id", postgresql_include=_COUNTED).ddl_if(dialect="postgresql"),
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
