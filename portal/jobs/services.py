"""Run a job once per planned instant, and keep what came of it."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import update

from portal.jobs.models import JobRun
from portal.jobs.schedule import Job
from portal.storage import unit_of_work
from portal.storage.once import insert_once
from portal.vocabulary import RunState

_INTERRUPTED = "interrompue\u202f: le processus s’est arrêté"

log = structlog.get_logger()


def run(job: Job, planned_at: datetime, now: datetime) -> JobRun | None:
    """Run `job` for one planned instant and return the finished run; None when that instant was taken before.

    The job runs outside any transaction of ours. What it raises is recorded, not passed on.
    """
    if not _begin(job, planned_at, now):
        return None
    since = monotonic()
    try:
        outcome: dict[str, Any] = {"state": RunState.DONE, "counts": job.act(now, False)}
    except Exception as error:  # one job's failure is a line in the table, not the end of the scheduler
        log.exception("job failed", job=job.name)
        outcome = {"state": RunState.FAILED, "error": _first_line(error)}
    return _end(job, planned_at, ended_at=now + timedelta(seconds=monotonic() - since), outcome=outcome)


def close_interrupted() -> int:
    """Tell the runs that their process did not survive from those under way; for whoever has just become the leader."""
    with unit_of_work() as session:
        interrupted = session.scalars(
            update(JobRun)
            .where(JobRun.state == RunState.RUNNING)
            .values(state=RunState.FAILED, error=_INTERRUPTED)
            .returning(JobRun.id)
        )
        return len(interrupted.all())


def _begin(job: Job, planned_at: datetime, now: datetime) -> bool:
    with unit_of_work() as session:
        return insert_once(session, JobRun, job=job.name, planned_at=planned_at, started_at=now, state=RunState.RUNNING)


def _end(job: Job, planned_at: datetime, *, ended_at: datetime, outcome: dict[str, Any]) -> JobRun:
    with unit_of_work() as session:
        run_ = session.query(JobRun).filter_by(job=job.name, planned_at=planned_at).one()
        run_.ended_at, run_.error, run_.counts = ended_at, outcome.get("error"), outcome.get("counts")
        run_.state = outcome["state"]
        return run_


def _first_line(error: Exception) -> str:
    """The kind of error and its first line: the next ones may hold what people typed."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:500]
