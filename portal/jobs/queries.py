"""Which runs there were."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.jobs.models import JobRun
from portal.jobs.schedule import Job


def missing(session: Session, jobs: Iterable[Job], now: datetime) -> list[Job]:
    """The jobs whose latest planned instant nobody has taken: missed while no scheduler ran, or none led."""
    return [job for job in jobs if not _was_taken(session, job, job.planned_at(now))]


def heartbeat(session: Session) -> datetime | None:
    """When a scheduler last started anything."""
    return session.scalar(select(func.max(JobRun.started_at)))


def _was_taken(session: Session, job: Job, planned_at: datetime | None) -> bool:
    if planned_at is None:
        return True
    taken = select(JobRun.id).where(JobRun.job == job.name, JobRun.planned_at == planned_at)
    return session.scalar(taken) is not None
