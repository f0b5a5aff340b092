"""What was only to be kept for a time is erased when its time has come."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from portal.jobs import Retention, purge
from portal.jobs.models import JobRun
from portal.storage import reading, unit_of_work

DAY = timedelta(days=1)
RETENTIONS = (
    Retention("job_run", "planned_at", 2 * DAY, "fréquentes", only={"job": "frequent"}),
    Retention("job_run", "planned_at", 30 * DAY, "toutes"),
)


def _runs(now: datetime) -> None:
    with unit_of_work() as session:
        for job in ("frequent", "rare"):
            for age in (timedelta(), 2 * DAY, 3 * DAY, 31 * DAY):
                session.add(JobRun(job=job, planned_at=now - age, started_at=now - age))


def _left(now: datetime) -> list[tuple[str, timedelta]]:
    with reading() as session:
        kept = session.query(JobRun).order_by(JobRun.job, JobRun.planned_at.desc()).all()
    return [(run.job, now - run.planned_at) for run in kept]


def test_rows_go_when_their_time_has_come(connection: Connection, now: datetime) -> None:
    _runs(now)
    assert purge(RETENTIONS, now, False) == {"fréquentes": 2, "toutes": 1}
    assert _left(now) == [
        ("frequent", timedelta()),
        ("frequent", 2 * DAY),
        ("rare", timedelta()),
        ("rare", 2 * DAY),
        ("rare", 3 * DAY),
    ]
    assert purge(RETENTIONS, now, False) == {"fréquentes": 0, "toutes": 0}


def test_a_dry_run_only_counts(connection: Connection, now: datetime) -> None:
    _runs(now)
    assert purge(RETENTIONS, now, True) == {"fréquentes": 2, "toutes": 2}
    assert len(_left(now)) == 8
