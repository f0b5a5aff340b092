"""What a structure says it could carry, trade by trade: told by itself, read again twice a year."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.directory.models.organisations import Organisation
from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import CapacityBand, Trade


class CapacityStatement(Versioned, Base):
    """The last word of a structure about its capacity as a whole. Without a row, it never said anything."""

    __tablename__ = "capacity_statement"
    __table_args__ = (
        Index("ix_capacity_statement_confirmed_on", "confirmed_on"),
        CheckConstraint("people >= 0", name="people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    confirmed_on: Mapped[date]
    """The civil day on which somebody of the structure last said that it holds."""
    confirmed_by: Mapped[int | None]
    """The account's id, without foreign key, as in the journal."""
    saved_at: Mapped[datetime] = mapped_column(UtcInstant())
    available_on: Mapped[date | None]
    """From when it could start something new; None: as soon as wanted."""
    people: Mapped[int | None]
    """People in insertion or adapted work whom it employs, as an order of magnitude."""
    can_lead: Mapped[bool | None]
    """Whether it is ready to be mandataire; None: not said."""
    note: Mapped[str | None] = mapped_column(String(300))

    organisation: Mapped[Organisation] = relationship()
    bands: Mapped[list["Capacity"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class Capacity(Base):
    """The hours a year that it could give in one trade, as a band."""

    __tablename__ = "capacity"
    __table_args__ = (
        UniqueConstraint("organisation_id", "trade"),
        Index("ix_capacity_trade", "trade", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("capacity_statement.organisation_id"))
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    band: Mapped[CapacityBand] = mapped_column(listed(CapacityBand, name="band"))
