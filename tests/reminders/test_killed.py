"""A process killed in the middle of the job: whoever was told was told all, the others are by the next run."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from config import ROOT
from portal.kernel.clock import PARIS
from portal.reminders.jobs import remind
from portal.storage import unit_of_work
from portal.vocabulary import ReminderStep, Role
from tests.reminders.conftest import made
from tests.reminders.months import contract, ledger, mails, month, person

MORNING = datetime(2026, 12, 11, 8, tzinfo=PARIS)
PEOPLE, MONTHS = 400, 3


@pytest.mark.slow
def test_a_killed_job_is_completed_by_the_next_one(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        world = made(session, now)
        for number in range(PEOPLE - 1):
            person(session, f"collegue{number}", (world.cotraitant, Role.STRUCTURE), now=now)
        for number in range(MONTHS):
            of = contract(session, world.buyer, world.cotraitant, now=now, number=f"2027-{number}")
            month(session, of, world.cotraitant, date(2026, 12, 10), now=now)
    url = fresh_engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.reminders.sweeper", url, MORNING.isoformat(), "1"]
    with subprocess.Popen(command, cwd=ROOT) as killed:
        _wait_until(lambda: len(mails()) > 20)
        killed.kill()
    told = len(mails())
    assert 20 < told < PEOPLE
    assert len(ledger()) == told * MONTHS
    assert remind(MORNING + timedelta(hours=1), False) == {
        "messages": PEOPLE - told,
        "mois rappelés": (PEOPLE - told) * MONTHS,
    }
    assert remind(MORNING + timedelta(hours=2), False)["messages"] == 0
    assert len(ledger()) == PEOPLE * MONTHS
    assert set(map(tuple, ledger().values())) == {(ReminderStep.NEXT_DAY,)}


def _wait_until(reached: Callable[[], bool]) -> None:
    limit = time.monotonic() + 40
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.01)
