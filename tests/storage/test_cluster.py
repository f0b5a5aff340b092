"""The tests' own server: what an interrupted run left behind never stops the next one."""

import os
import signal
from pathlib import Path

from tests.databases import make_run_directory, remove_run_directory
from tests.postgres import Cluster, is_zombie


def test_a_server_that_was_killed_is_swept() -> None:
    run = make_run_directory()
    try:
        cluster = Cluster(run / "pg")
        cluster.start()
        written = run / "pg" / "data" / "postmaster.pid"
        server = int(written.read_text().splitlines()[0])
        os.kill(server, signal.SIGKILL)
        _wait_until_gone(server)
        assert written.exists()
    finally:
        remove_run_directory(run)
    assert not run.exists()


def _wait_until_gone(process: int) -> None:
    while Path(f"/proc/{process}").exists() and not is_zombie(process):
        pass
