"""Amendments (« avenants »): dated, never edited; each says what it changed."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, Centihours, UtcInstant, declare_append_only


class Amendment(Base):
    """What an amendment changed of hours, dates, members or months: from which day, and why."""

    __tablename__ = "amendment"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("promised_before >= 0 AND promised_after >= 0", name="promised"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    number: Mapped[int]
    signed_on: Mapped[date]
    effective_on: Mapped[date]
    """From this day what it says holds: the promise already due before stays."""
    reason: Mapped[str] = mapped_column(Text)
    promised_before: Mapped[Decimal] = mapped_column(Centihours())
    """Fixed hours promised, all titulaires together."""
    promised_after: Mapped[Decimal] = mapped_column(Centihours())
    before: Mapped[str] = mapped_column(Text)
    """JSON: what held before, for what changed only: « ends_on », « last_month », « suspended », « titulaires »."""
    after: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant())
    recorded_by_label: Mapped[str] = mapped_column(String(300))


declare_append_only("amendment")
