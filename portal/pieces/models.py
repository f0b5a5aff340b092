"""Files kept once each under their hash."""

from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant


class StoredFile(Base):
    """A file kept in the portal's directory under its SHA-256; the same content is kept once."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(CHAR(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(100))
    """Read from the content, whatever the file was called."""
    size: Mapped[int]
    """Bytes."""
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
