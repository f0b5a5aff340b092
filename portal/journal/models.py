"""The table of what was done, which the database itself refuses to alter."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, declare_append_only


class JournalEntry(Base):
    """One act: who, for whom, what, on what, when. Names are copied, so that it outlives what it speaks of."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index(None, "object_type", "object_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    event: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(300))
    actor_organisation: Mapped[str | None] = mapped_column(String(300))
    object_type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[int]
    object_label: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


declare_append_only("journal_entry")
