"""The import of a whole file of DECP, in a process of its own, beside merely parsing the same file.

`python -m bench.decp [--megabytes 350] [--sort json] [--url DATABASE]` takes this figure alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench import decp_files
from bench.decp_worker import Run
from bench.figures import FULL, Figure, at_most, told
from bench.progress import Progress
from config import ROOT
from portal import storage
from portal.directory.services import load_reference
from portal.storage import migrations

if TYPE_CHECKING:
    from bench.bench import Bench

MEGABYTE = 1_000_000
_MEGABYTES, _QUICK = 350, 35
_MOST_MEGABYTES = 200


def measure(bench: "Bench") -> list[Figure]:
    """On a new SQLite database, from JSON then from CSV. Takes half an hour, or a tenth of it."""
    megabytes = _MEGABYTES if bench.effort == FULL else _QUICK
    figures: list[Figure] = []
    for sort in ("json", "csv"):
        figures += figures_of(sort, megabytes, None, bench.progress)
    return figures


def figures_of(sort: str, megabytes: int, url: str | None, progress: Progress) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="amont-bench-decp-") as place:
        path = Path(place) / f"decp.{sort}"
        progress.say(f"Writing {megabytes} MB of {sort}…")
        getattr(decp_files, f"write_{sort}")(path, megabytes * MEGABYTE)
        database = url or f"sqlite:///{place}/decp.db"
        _prepare(database)
        parsed = _in_a_process("parse", path, database)
        run = _in_a_process("import", path, database)
        again = _in_a_process("import", path, database)
    name = f"DECP, {megabytes} MB of {sort}"
    rate = f"{run.rows / run.seconds:.0f} rows/s; merely parsed in {parsed.seconds:.0f} s"
    return [
        told(f"{name}, rows", run.rows, "", f"{run.contracts} contracts, {run.refused} rows refused"),
        told(f"{name}, imported in", run.seconds, " s", f"{run.processor:.0f} s of this process; {rate}"),
        told(f"{name}, of the time to parse it", run.seconds / parsed.seconds, " times"),
        at_most(f"{name}, memory at most", run.peak, _MOST_MEGABYTES, " MB", f"parsing alone {parsed.peak:.0f} MB"),
        told(f"{name}, imported again in", again.seconds, " s", f"memory {again.peak:.0f} MB"),
    ]


def _prepare(url: str) -> None:
    engine = storage.make_engine(url)
    migrations.migrate(engine)
    storage.bind(engine)
    with storage.unit_of_work() as session:
        load_reference(session)
    storage.unbind()
    engine.dispose()


def _in_a_process(act: str, path: Path, url: str) -> Run:
    command = [sys.executable, "-m", "bench.decp_worker", act, str(path), url]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return Run(**json.loads(done.stdout))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.decp", description="The import of DECP, alone.")
    parser.add_argument("--megabytes", type=int, default=_MEGABYTES)
    parser.add_argument("--sort", choices=["json", "csv"], default="json")
    parser.add_argument("--url", help="an empty database; a SQLite file by default")
    asked = parser.parse_args(arguments)
    for figure in figures_of(asked.sort, asked.megabytes, asked.url, Progress()):
        print(f"{figure.name}: {figure.measured} {figure.bar}")


if __name__ == "__main__":
    main()
