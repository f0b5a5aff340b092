"""Processor time: what an answer would take on a machine with nothing else to do."""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text


def server_processes(engine: Engine) -> list[int]:
    """The processes of PostgreSQL that answer this engine's database: those of its open connections."""
    statement = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() ORDER BY pid")
    with engine.connect() as connection:
        return list(connection.execute(statement).scalars())


def processor_seconds(processes: Sequence[int]) -> float:
    """What this thread and these processes have used so far; without Linux's /proc, this thread alone."""
    return time.thread_time() + sum(map(_nanoseconds, processes)) / 1e9


def _nanoseconds(process: int) -> int:
    told = Path(f"/proc/{process}/schedstat")
    return int(told.read_text().split()[0]) if told.exists() else 0
