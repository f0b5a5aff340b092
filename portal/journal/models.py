"""The table of what was done, which the database itself refuses to alter."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, declare_ddl


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


def _refusal_on_sqlite(name: str, occasion: str) -> str:
    return f"CREATE TRIGGER {name} {occasion} BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END"


declare_ddl(
    sqlite=[
        _refusal_on_sqlite("journal_entry_no_update", "BEFORE UPDATE ON journal_entry"),
        _refusal_on_sqlite("journal_entry_no_delete", "BEFORE DELETE ON journal_entry"),
        _refusal_on_sqlite(
            "journal_entry_no_replace",
            "BEFORE INSERT ON journal_entry WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id)",
        ),
    ],
    postgresql=[
        "CREATE FUNCTION journal_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'journal_entry is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE OR DELETE ON journal_entry "
        "FOR EACH ROW EXECUTE FUNCTION journal_entry_append_only()",
        "CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_append_only()",
    ],
)
