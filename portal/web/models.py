"""What pages remember between two requests: forms already carried out, forms to find again, attempts counted."""

from datetime import datetime

from sqlalchemy import CHAR, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant


class IdempotencyKey(Base):
    """A posting form that was carried out, and where that led."""

    __tablename__ = "idempotency_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(CHAR(64), unique=True)
    location: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)


class KeptForm(Base):
    """What someone had typed when their session ended, sealed under a key that only their browser holds."""

    __tablename__ = "kept_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(CHAR(64), unique=True)
    path: Mapped[str] = mapped_column(String(500))
    fields: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)


class ThrottleWindow(Base):
    """How many attempts one subject made in one window of time."""

    __tablename__ = "throttle"
    __table_args__ = (UniqueConstraint("key", "window_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    window_start: Mapped[datetime] = mapped_column(UtcInstant)
    count: Mapped[int]
