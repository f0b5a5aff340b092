"""Parses or imports one file, and tells what it took as JSON: « parse » or « import », FILE, DATABASE."""

import csv
import json
import resource
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ijson.backends import yajl2_c

from bench.progress import Progress
from portal import storage
from portal.contracts.decp import import_decp
from portal.intake import ImportRun

_CHUNK = 1 << 16
_NOW = datetime(2026, 12, 3, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """What a process told of its work."""

    rows: int
    contracts: int
    refused: int
    seconds: float
    processor: float
    peak: float
    """Megabytes of memory, at most."""


def main(act: str, path: Path, url: str) -> None:
    started = time.perf_counter()
    rows, contracts, refused = _parsed(path) if act == "parse" else _imported(path, url)
    seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    run = Run(rows, contracts, refused, seconds, used.ru_utime + used.ru_stime, _peak())
    print(json.dumps(asdict(run)))


def _peak() -> float:
    """Megabytes. Linux counts in `ru_maxrss` what the parent held before the child became another program."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
    told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(told.split()[1]) / 1_000


def _imported(path: Path, url: str) -> tuple[int, int, int]:
    storage.bind(storage.make_engine(url))
    progress = Progress()
    run = ImportRun(path, _NOW, progress=lambda done, of: progress.tell("import", done, of), phase=progress.say)
    report = import_decp(run)
    return report.rows, report.contracts, report.refused


def _parsed(path: Path) -> tuple[int, int, int]:
    """Nothing but the parser at work."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as text:
            return sum(1 for _ in csv.reader(text)), 0, 0
    with path.open("rb") as file:
        deque(yajl2_c.basic_parse(file, buf_size=_CHUNK), maxlen=0)
    return 0, 0, 0


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
