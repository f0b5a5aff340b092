"""The timetable, and the process that wakes its jobs up."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, inspect

from config import ROOT, Config
from portal import scheduler
from portal.jobs.models import JobRun
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.outbox import composing
from portal.storage import reading, unit_of_work
from portal.vocabulary import MessageKind, RunState
from tests.outbox.conftest import messages, promise_greeting
from tests.outbox.postbox import Postbox

PATIENCE = 40
"""Seconds: a lead is looked for every ten."""


def test_every_job_says_what_it_does_and_is_due_within_a_day(config: Config, now: datetime) -> None:
    jobs = scheduler.timetable(config)
    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.description
        planned_at = job.planned_at(now)
        assert planned_at is not None
        assert now - planned_at < timedelta(days=1)


def test_every_room_that_has_jobs_is_in_the_timetable(config: Config) -> None:
    rooms = {f"portal.{path.parent.name}.jobs" for path in (ROOT / "portal").glob("*/jobs.py")}
    assert rooms <= {getattr(job.act, "__module__", None) for job in scheduler.timetable(config)}


def test_every_kind_of_mail_has_words(config: Config) -> None:
    scheduler.prepare(config)
    composed = {kind for kind in composing._composers if not kind.startswith("tests/")}
    assert composed == {kind.value for kind in MessageKind}


def test_what_is_purged_exists(engine: Engine) -> None:
    columns = inspect(engine)
    for retention in scheduler.RETENTIONS:
        names = {column["name"] for column in columns.get_columns(retention.table)}
        assert {retention.since, *retention.only} <= names


@pytest.mark.parametrize("name", ["outbox", "forecast", "reminders", "purge"])
def test_a_dry_run_leaves_no_trace(config: Config, connection: Connection, now: datetime, name: str) -> None:
    counts = scheduler.run_job(config, name, dry_run=True, now=now)
    assert set(counts.values()) == {0}
    with reading() as session:
        assert session.query(JobRun).count() == 0


def test_a_run_by_hand_is_recorded(config: Config, connection: Connection, now: datetime) -> None:
    for _ in range(2):
        scheduler.run_job(config, "purge", dry_run=False, now=now)
    with reading() as session:
        assert [(run.job, run.state) for run in session.query(JobRun)] == [("purge", RunState.DONE)] * 2


def test_a_failure_by_hand_is_told(config: Config, connection: Connection, now: datetime) -> None:
    connection.exec_driver_sql("ALTER TABLE throttle RENAME TO elsewhere")
    with pytest.raises(scheduler.JobFailed, match="throttle"):
        scheduler.run_job(config, "purge", dry_run=False, now=now)


def test_an_unknown_job_is_told_with_those_that_exist(config: Config, now: datetime) -> None:
    with pytest.raises(NotFound, match=r"« facteur ».*outbox, .*reminders, purge"):
        scheduler.run_job(config, "facteur", dry_run=True, now=now)


def test_the_scheduler_never_loads_the_web_application() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import portal.scheduler, sys; print('flask' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"


@contextmanager
def scheduling(url: str, postbox: Postbox) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.jobs.scheduling", url, str(postbox.settings().port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def promise_now(number: int) -> None:
    with unit_of_work() as session:
        promise_greeting(session, number, clock.utc_now())


def all_settled() -> bool:
    return all(message.settled_at is not None for message in messages())


def wait_until(reached: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.mark.slow
def test_a_killed_leader_is_replaced_and_a_stopped_one_ends_well(fresh_engine: Engine) -> None:
    url = fresh_engine.url.render_as_string(hide_password=False)
    promise_now(0)
    with Postbox() as postbox, scheduling(url, postbox) as leader:
        wait_until(lambda: len(postbox.received) == 1 and all_settled())
        with scheduling(url, postbox) as standby:
            leader.kill()
            leader.wait()
            promise_now(1)
            wait_until(lambda: len(postbox.received) == 2 and all_settled())
            standby.send_signal(signal.SIGTERM)
            assert standby.wait(PATIENCE) == 0
    assert len(postbox.received) == 2
    assert all_settled()
    with reading() as session:
        runs = session.query(JobRun).all()
    assert {"outbox", "purge"} <= {run.job for run in runs}
    assert max(Counter((run.job, run.planned_at) for run in runs).values()) == 1
    assert {run.state for run in runs} <= {RunState.DONE, RunState.FAILED}
