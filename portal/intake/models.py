"""How far each import that stores by steps has come, in the same transactions as what it stores."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant


class ImportProgress(Base):
    """One run of an import: what a killed one takes up again, so that nothing is counted twice."""

    __tablename__ = "import_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(String(32), unique=True)
    """The name that its work file bears."""
    reached: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcInstant)
