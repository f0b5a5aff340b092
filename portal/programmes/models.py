"""What the headings of a buyer's file mean, and a file read but not yet answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Public
from portal.storage import Base, UtcInstant, listed
from portal.vocabulary import ProgrammeField


class ProgrammeHeading(Base):
    """What one heading of a buyer's files tells: mapped once, remembered."""

    __tablename__ = "programme_heading"
    __table_args__ = (UniqueConstraint("buyer_id", "heading"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    heading: Mapped[str] = mapped_column(String(200))
    """Folded."""
    field: Mapped[ProgrammeField] = mapped_column(listed(ProgrammeField, name="field"))


class ProgrammeFile(Public, Base):
    """A programme that was read, between its preview and the answer of who brought it."""

    __tablename__ = "programme_file"
    __table_args__ = (Index("ix_programme_file_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    account_id: Mapped[int]
    """Who brought it: nobody else answers."""
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    """JSON: the headings, the rows as they were read."""
    read_at: Mapped[datetime] = mapped_column(UtcInstant())
    expires_at: Mapped[datetime] = mapped_column(UtcInstant())
    taken_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When its rows were taken into drafts."""
