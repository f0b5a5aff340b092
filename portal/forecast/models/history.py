"""The public history, which the database itself refuses to alter, and the mark that each public change bumps."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, declare_append_only


class Revision(Base):
    """One public change, in words, with its reason. The public history is these rows; the database keeps them as is."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_project_id_id", "project_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant())
    by_label: Mapped[str] = mapped_column(String(300))
    """Who speaks to the public: the buyer, or its department. The person stands in the journal."""
    field: Mapped[str] = mapped_column(String(60))
    """Which fact changed: a code, so that later rooms may choose whom to tell."""
    label: Mapped[str] = mapped_column(String(200))
    """The fact in words."""
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class PublicationMark(Base):
    """One row, whose counter grows with each public change: while it stands still, a browser's copy is fresh."""

    __tablename__ = "publication_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counter: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None] = mapped_column(UtcInstant())


declare_append_only("revision")
