"""A real process is killed at each step of bringing a file: all of it is there, or nothing that the night leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from config import ROOT, Config
from portal.declarations.models import Evidence
from portal.declarations.services.evidence import KEEPER
from portal.pieces import files
from portal.pieces.jobs import sweep_files
from portal.pieces.models import StoredFile
from portal.storage import reading, unit_of_work
from tests.declarations import paper
from tests.declarations.interrupted import STEPS
from tests.declarations.sample import make_scene, opened

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fresh_engine")]


@pytest.fixture(autouse=True)
def moment() -> None:
    """The true time: files bear it."""


@pytest.fixture(autouse=True)
def place(key_config: Config, data_dir: Path, tmp_path: Path) -> Iterator[Path]:
    files.use(replace(key_config, data_dir=tmp_path))
    yield tmp_path
    files.use(replace(key_config, data_dir=data_dir))


@pytest.fixture
def reference(fresh_engine: Engine, now: datetime) -> str:
    with unit_of_work() as session:
        scene = make_scene(session, now)
        return opened(session, scene, scene.company).reference


def _on_disk(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def _brought(url: str, place: Path, reference: str, step: str) -> None:
    command = [sys.executable, "-m", "tests.declarations.interrupted", url, str(place), reference, step]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_while_it_brings_a_file_leaves_all_or_nothing(
    fresh_database: str, place: Path, reference: str, now: datetime, step: str
) -> None:
    _brought(fresh_database, place, reference, step)
    left = _on_disk(place)
    assert len(left) == 1
    with reading() as session:
        named = session.scalars(select(StoredFile.sha256).join(Evidence)).all()
    is_committed = step == "committed"
    assert len(named) == is_committed
    assert (left[0].suffix == ".part") == (step in {"half written", "written"})
    sweep_files([KEEPER], now, False)
    assert _on_disk(place) == left, "an upload may be under way"
    os.utime(left[0], (0, 0))
    sweep_files([KEEPER], now, False)
    assert len(_on_disk(place)) == is_committed
    for sha256 in named:
        assert files.path_of(sha256).read_bytes() == paper.PDF
    if not is_committed:
        _brought(fresh_database, place, reference, "committed")
        assert len(_on_disk(place)) == 1
