"""The table of promised e-mails."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, listed
from portal.vocabulary import MessageState


class Message(Base):
    """An e-mail promised in the transaction that gave rise to it, composed and delivered later.

    It holds ids, never text: what is sent says what is true when it leaves.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "next_at", sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL")),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    recipient: Mapped[str] = mapped_column(String(320))
    ids: Mapped[dict[str, int | str]] = mapped_column(JSON)
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    state: Mapped[MessageState] = mapped_column(listed(MessageState, name="state"), default=MessageState.PROMISED)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    next_at: Mapped[datetime] = mapped_column(UtcInstant)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    message_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    """The RFC 5322 Message-ID, fixed when first leased: whatever happens next, the message leaves under that one."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    result: Mapped[str | None] = mapped_column(Text)
    """What the server last answered, or why the message was spared or could not be composed."""

    @property
    def has_failed(self) -> bool:
        """An attempt failed and another one is due at `next_at`."""
        return self.settled_at is None and self.attempts > 0
