"""Each planned instant once, and what came of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine

from portal.jobs import Job, close_interrupted, run
from portal.jobs.models import JobRun
from portal.jobs.queries import heartbeat, missing
from portal.storage import reading, unit_of_work
from portal.vocabulary import RunState


class Act:
    """A job's act, which tells when it was called."""

    def __init__(self) -> None:
        self.calls: list[datetime] = []

    def __call__(self, now: datetime, dry_run: bool) -> dict[str, int]:
        self.calls.append(now)
        return {"envoyés": len(self.calls)}


@pytest.fixture
def act() -> Act:
    return Act()


@pytest.fixture
def job(act: Act) -> Job:
    return Job("daily", {"hour": 6}, act, "Faire chaque jour")


def runs() -> list[JobRun]:
    with reading() as session:
        return session.query(JobRun).order_by(JobRun.id).all()


def test_a_planned_instant_is_run_once(connection: Connection, job: Job, act: Act, now: datetime) -> None:
    first = run(job, now, now + timedelta(seconds=2))
    assert run(job, now, now + timedelta(seconds=3)) is None
    assert first is not None
    assert (first.state, first.counts, first.error) == (RunState.DONE, {"envoyés": 1}, None)
    assert act.calls == [now + timedelta(seconds=2)]
    (kept,) = runs()
    assert kept.started_at == now + timedelta(seconds=2)
    assert kept.ended_at is not None
    assert kept.ended_at >= kept.started_at
    assert run(job, now + timedelta(days=1), now + timedelta(days=1)) is not None


def test_a_failure_is_told_in_one_line_and_not_raised(connection: Connection, now: datetime) -> None:
    def fail(_now: datetime, _dry_run: bool) -> dict[str, int]:
        raise RuntimeError("the server said no\n[parameters: claire@rivemont.example]")

    failed = run(Job("failing", {"hour": 6}, fail, "Échouer"), now, now)
    assert failed is not None
    assert (failed.state, failed.error) == (RunState.FAILED, "RuntimeError: the server said no")
    assert failed.ended_at is not None


def test_eight_schedulers_at_once_run_it_once(fresh_engine: Engine, job: Job, act: Act, now: datetime) -> None:
    together = Barrier(8)

    def run_at_the_same_time(_: int) -> JobRun | None:
        together.wait()
        return run(job, now, now)

    with ThreadPoolExecutor(8) as pool:
        done = [ran for ran in pool.map(run_at_the_same_time, range(8)) if ran is not None]
    assert (len(done), len(act.calls), len(runs())) == (1, 1, 1)


def test_a_run_that_its_process_did_not_survive_is_told(connection: Connection, job: Job, now: datetime) -> None:
    run(job, now, now)
    with unit_of_work() as session:
        session.add(JobRun(job="daily", planned_at=now + timedelta(days=1), started_at=now + timedelta(days=1)))
    assert close_interrupted() == 1
    assert [kept.state for kept in runs()] == [RunState.DONE, RunState.FAILED]
    assert "interrompue" in (runs()[1].error or "")
    assert close_interrupted() == 0


def test_what_nobody_ran_is_found(connection: Connection, job: Job, now: datetime) -> None:
    planned_at = job.planned_at(now)
    assert planned_at is not None
    assert _missing(job, now) == [job]
    run(job, planned_at, now)
    assert _missing(job, now) == []
    assert _missing(job, now + timedelta(days=3)) == [job]


def test_the_heartbeat_is_the_last_start(connection: Connection, job: Job, now: datetime) -> None:
    with reading() as session:
        assert heartbeat(session) is None
    run(job, now, now)
    run(job, now + timedelta(days=1), now + timedelta(days=1))
    with reading() as session:
        assert heartbeat(session) == now + timedelta(days=1)


def _missing(job: Job, now: datetime) -> list[Job]:
    with reading() as session:
        return missing(session, [job], now)
