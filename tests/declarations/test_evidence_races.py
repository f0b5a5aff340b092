"""Two at once, with real commits: a content has one row and one file, and what a row names is never swept."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config import Config
from portal.declarations import queries
from portal.declarations.models import Declaration, Evidence
from portal.declarations.queries.evidence import pieces_of
from portal.declarations.services import deposit
from portal.declarations.services import evidence as services
from portal.declarations.services.evidence import KEEPER, NewEvidence
from portal.pieces import files
from portal.pieces.jobs import sweep_files
from portal.pieces.models import StoredFile
from portal.storage import reading, unit_of_work
from portal.vocabulary import EvidenceKind
from tests.accounts.test_races import together
from tests.declarations import paper
from tests.declarations.sample import OCTOBER, Scene, add, filing, make_scene, opened, person

pytestmark = pytest.mark.usefixtures("fresh_engine")

TOLD = NewEvidence(kind=EvidenceKind.TIMESHEET, line_id=None, media_type="application/pdf")


@pytest.fixture(autouse=True)
def moment() -> None:
    """The true time: files bear it."""


@pytest.fixture
def scene(fresh_engine: Engine, now: datetime) -> Scene:
    with unit_of_work() as session:
        return make_scene(session, now)


@pytest.fixture(autouse=True)
def place(key_config: Config, data_dir: Path, tmp_path: Path) -> Iterator[Path]:
    files.use(replace(key_config, data_dir=tmp_path))
    yield tmp_path / "pieces"
    files.use(replace(key_config, data_dir=data_dir))


def _month(scene: Scene, *, october: bool = False) -> str:
    with unit_of_work() as session:
        month = opened(session, scene, scene.company, *([OCTOBER] if october else []))
        return month.reference


def _bringing(scene: Scene, reference: str, content: bytes, now: datetime) -> Callable[[Session], object]:
    """Within a transaction, after the file is staged."""

    def act(session: Session) -> None:
        actor = filing(scene.company)
        declaration = queries.visible(session, actor, reference)
        with files.staged(content) as staged:
            services.add(session, declaration, TOLD, staged, actor=actor, now=now)

    return act


def _stand(place: Path) -> tuple[int, int, list[str]]:
    """Rows of contents, rows of evidence, and what is on the disk."""
    with reading() as session:
        contents = session.scalar(select(func.count()).select_from(StoredFile)) or 0
        evidence = session.scalar(select(func.count()).select_from(Evidence)) or 0
    return contents, evidence, [path.name for path in place.rglob("*") if path.is_file()]


def test_the_same_file_twice_at_once_in_a_month_is_there_once(scene: Scene, now: datetime, place: Path) -> None:
    act = _bringing(scene, _month(scene), paper.PDF, now)
    outcomes = together(act, act)
    assert (outcomes.done, outcomes.refused) == (1, 1)
    contents, evidence, on_disk = _stand(place)
    assert (contents, evidence, len(on_disk)) == (1, 1, 1)


def test_the_same_content_at_once_in_two_months_is_kept_once(scene: Scene, now: datetime, place: Path) -> None:
    months = (_month(scene), _month(scene, october=True))
    outcomes = together(*(_bringing(scene, month, paper.PDF, now) for month in months))
    assert (outcomes.done, outcomes.refused) == (2, 0)
    contents, evidence, on_disk = _stand(place)
    assert (contents, evidence, len(on_disk)) == (1, 2, 1)


def test_a_file_comes_before_the_deposit_or_not_at_all(scene: Scene, now: datetime, place: Path) -> None:
    reference = _month(scene)
    with unit_of_work() as session:
        add(session, queries.visible(session, filing(scene.company), reference), person(), now)

    def depositing(session: Session) -> None:
        actor = filing(scene.company)
        declaration = queries.visible(session, actor, reference)
        deposit(session, declaration, expected_version=declaration.version, actor=actor, now=now)

    together(_bringing(scene, reference, paper.PDF, now), depositing)
    with reading() as session:
        declaration = session.query(Declaration).filter_by(reference=reference).one()
        made = queries.last_deposit(session, declaration)
        assert made is not None
        brought = session.scalars(select(Evidence.public_id)).all()
    assert all(public_id in made.canonical for public_id in brought)
    assert len(_stand(place)[2]) == len(brought)


def test_the_night_never_takes_a_file_that_is_being_brought(scene: Scene, now: datetime, place: Path) -> None:
    """The same content removed and brought again, over and over, while everything old enough is swept."""
    reference, over, troubles = _month(scene), threading.Event(), []

    def sweep() -> None:
        while not over.is_set():
            for path in list(place.rglob("*")):
                if path.is_file() and path.suffix != ".part":
                    _aged(path)
            try:
                sweep_files([KEEPER], now + timedelta(days=30), False)
            except BaseException as trouble:
                troubles.append(trouble)
                return

    sweeping = threading.Thread(target=sweep)
    sweeping.start()
    try:
        for _ in range(15):
            _brought_and_there(scene, reference, now)
            with unit_of_work() as session:
                declaration = queries.visible(session, filing(scene.company), reference)
                kept = [each for each in pieces_of(session, filing(scene.company), declaration) if each.is_kept]
                services.remove(session, declaration, kept[0], actor=filing(scene.company), now=now)
    finally:
        over.set()
        sweeping.join()
    assert troubles == []


def _aged(path: Path) -> None:
    try:
        os.utime(path, (0, 0))
    except FileNotFoundError:
        return


def _brought_and_there(scene: Scene, reference: str, now: datetime) -> None:
    with unit_of_work() as session:
        _bringing(scene, reference, paper.PDF, now)(session)
    with reading() as session:
        named = session.scalars(select(StoredFile.sha256).join(Evidence).where(Evidence.removed_at.is_(None))).one()
    assert files.path_of(named).read_bytes() == paper.PDF
