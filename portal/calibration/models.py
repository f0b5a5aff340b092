"""Ways to size a lot, what networks and structures say of them, and which was kept."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Public
from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.storage import Base, Centihours, UtcInstant, Versioned, declare_append_only, listed
from portal.vocabulary import OpinionVerdict


class Variant(Public, Versioned, Base):
    """One way to size a lot: in how many sectors, for how many hours, over which time."""

    __tablename__ = "calibration_variant"
    __table_args__ = (
        Index("ix_calibration_variant_lot_id", "lot_id"),
        CheckConstraint("hours >= 0", name="hours"),
        CheckConstraint("duration_months > 0", name="duration_months"),
        CheckConstraint("withdrawn_at IS NULL OR shared_at IS NOT NULL", name="withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    name: Mapped[str] = mapped_column(String(120))
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """All the hours of a year, over its sectors; None: those of the lot."""
    starts_on: Mapped[date | None]
    duration_months: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)
    """What the buyer says of it to those whose opinion it asks."""
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    shared_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When networks and structures could read it, and answer."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcInstant())

    lot: Mapped[Lot] = relationship()
    sectors: Mapped[list["Sector"]] = relationship(
        cascade="all, delete-orphan", order_by="Sector.number", lazy="selectin"
    )
    opinions: Mapped[list["Opinion"]] = relationship(order_by="Opinion.id")


class Sector(Base):
    """A group of the lot's communes that one candidate would answer."""

    __tablename__ = "calibration_sector"
    __table_args__ = (
        UniqueConstraint("variant_id", "number"),
        CheckConstraint("hours >= 0", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("calibration_variant.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """Hours of a year; None: its share of the variant's hours, by population."""

    communes: Mapped[list["SectorCommune"]] = relationship(
        cascade="all, delete-orphan", order_by="SectorCommune.commune_code", lazy="selectin"
    )


class SectorCommune(Base):
    """A commune stands in one sector of a variant: the services see to it, sector by sector."""

    __tablename__ = "calibration_sector_commune"

    sector_id: Mapped[int] = mapped_column(ForeignKey("calibration_sector.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)


class Opinion(Versioned, Base):
    """What a network or a structure says of a shared variant: its latest word wins."""

    __tablename__ = "calibration_opinion"
    __table_args__ = (
        UniqueConstraint("variant_id", "organisation_id"),
        Index("ix_calibration_opinion_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("calibration_variant.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    verdict: Mapped[OpinionVerdict] = mapped_column(listed(OpinionVerdict, name="verdict"))
    text: Mapped[str | None] = mapped_column(Text)
    is_named: Mapped[bool]
    """Whether its name is read beside its words; a network's always is."""
    told_at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))

    organisation: Mapped[Organisation] = relationship()


class Choice(Base):
    """What was kept of the variants of a lot, and why, as the public reads it: the latest row holds."""

    __tablename__ = "calibration_choice"
    __table_args__ = (Index("ix_calibration_choice_lot_id", "lot_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("calibration_variant.id"))
    """None: the lot is kept as it is."""
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))

    variant: Mapped[Variant | None] = relationship()


declare_append_only("calibration_choice")
