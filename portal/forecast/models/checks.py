"""Who weighed which lever of a lot in law, and what a buyer chose for itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, Versioned, declare_append_only, listed
from portal.vocabulary import Lever, LeverState, Reservation


class LegalCheck(Base):
    """One look at one lever of one lot, in law. The last one holds; none is ever changed.

    A lever is « décidé » only after a check that says so of the same reservation.
    """

    __tablename__ = "legal_check"
    __table_args__ = (
        Index("ix_legal_check_lot_id", "lot_id", "id"),
        CheckConstraint("reservation IS NULL OR lever = 'reserved'", name="reservation_of_reserved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    lever: Mapped[Lever] = mapped_column(listed(Lever, name="lever"))
    reservation: Mapped[Reservation | None] = mapped_column(listed(Reservation, name="reservation"))
    outcome: Mapped[LeverState] = mapped_column(listed(LeverState, name="outcome"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcInstant())
    checked_by: Mapped[int | None]
    """The account's id, without foreign key, as in the journal."""
    by_label: Mapped[str] = mapped_column(String(300))


class BuyerSettings(Versioned, Base):
    """What a buyer chose for its forecast. Without a row: what `DEFAULTS` of `forecast.settings` says."""

    __tablename__ = "buyer_settings"
    __table_args__ = (
        CheckConstraint("price_weight_warning BETWEEN 0 AND 100", name="price_weight_warning"),
        CheckConstraint("structures_to_reserve > 0", name="structures_to_reserve"),
        CheckConstraint("groupements_to_reserve > 0", name="groupements_to_reserve"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    second_person_publishes: Mapped[bool]
    """Whether a project is published by somebody else than who wrote it."""
    legal_checks_only: Mapped[bool]
    """Whether only the legal department checks levers; otherwise purchasing may too."""
    price_weight_warning: Mapped[int]
    """Percent of the note above which the weight of the price is warned of."""
    structures_to_reserve: Mapped[int]
    """From so many eligible structures, reserving a lot is said to be realistic."""
    groupements_to_reserve: Mapped[int]
    """Or from so many plausible groupements whose capacities cover the hours."""


declare_append_only("legal_check")
