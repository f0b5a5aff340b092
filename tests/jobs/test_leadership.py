"""One scheduler leads at most, and another as soon as its process is gone."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import Engine, create_engine, text

from config import ROOT
from portal.jobs import Leadership


def test_one_leads_at_most(fresh_database: str) -> None:
    first, second = Leadership(fresh_database), Leadership(fresh_database)
    assert [first.held(), second.held()] == [True, False]
    assert [first.held(), second.held()] == [True, False]
    first.release()
    assert [second.held(), first.held()] == [True, False]
    first.release()
    second.release()


def test_each_database_has_its_own_leader(fresh_database: str, engine: Engine) -> None:
    here, there = Leadership(fresh_database), Leadership(engine.url.render_as_string(hide_password=False))
    assert here.held()
    assert there.held()
    here.release()
    there.release()


def test_a_leader_cut_from_the_database_knows_and_comes_back(database: str, fresh_database: str) -> None:
    if database == "sqlite":
        pytest.skip("a file is never cut off")
    cut, other = Leadership(fresh_database), Leadership(fresh_database)
    assert cut.held()
    administrator = create_engine(fresh_database)
    with administrator.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"))
    administrator.dispose()
    assert not cut.held()
    assert other.held()
    assert not cut.held()
    other.release()
    assert cut.held()
    cut.release()


@pytest.mark.slow
def test_another_leads_as_soon_as_the_leader_is_killed(fresh_database: str) -> None:
    command = [sys.executable, "-m", "tests.jobs.standby", fresh_database]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() == "leads\n"
        mine = Leadership(fresh_database)
        assert not mine.held()
        leader.kill()
        leader.wait()
        limit = time.monotonic() + 5
        while not mine.held():
            assert time.monotonic() < limit
        mine.release()
