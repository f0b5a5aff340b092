"""The table of the runs of scheduled jobs."""

from datetime import datetime

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, listed
from portal.vocabulary import RunState


class JobRun(Base):
    """One run of a job for one planned instant: the unique key is what makes it happen once."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "planned_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(80))
    planned_at: Mapped[datetime] = mapped_column(UtcInstant)
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    state: Mapped[RunState] = mapped_column(listed(RunState, name="state"), default=RunState.RUNNING)
    counts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
