"""Mandates of a buyer's assembly, and the editions that freeze a year."""

from datetime import date, datetime

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, declare_append_only


class Mandate(Base):
    """A term of the buyer's assembly: reserved lots are counted by it."""

    __tablename__ = "mandate"
    __table_args__ = (
        UniqueConstraint("buyer_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class Edition(Base):
    """The figures of a closed year as they were frozen: what the public reads, whatever is corrected later.

    Append-only: a second freeze of the same year makes the next number, and both stay.
    """

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("buyer_id", "year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    number: Mapped[int]
    frozen_at: Mapped[datetime] = mapped_column(UtcInstant())
    frozen_by_label: Mapped[str] = mapped_column(String(300))
    figures: Mapped[str] = mapped_column(Text)
    """Canonical JSON of every figure and public table; `sha256` proves it."""
    sha256: Mapped[str] = mapped_column(CHAR(64))


declare_append_only("edition")
