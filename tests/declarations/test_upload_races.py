"""Answers given at once, with real commits: a file is kept once, and two drafts never lose each other's people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.declarations.models import Declaration, Line, Participant, Person, Upload
from portal.declarations.queries.uploads import filling_of, upload_of
from portal.declarations.services import uploads
from portal.declarations.sheets.reading import read_sheet
from portal.kernel.actor import Actor
from portal.storage import reading, unit_of_work
from tests.accounts.test_races import Outcomes, together
from tests.declarations.sample import NOVEMBER, Scene, filing, make_scene, opened
from tests.declarations.sheet_files import NEW, csv, table_of

pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture
def scene(fresh_engine: Engine, now: datetime) -> Scene:
    with unit_of_work() as session:
        return make_scene(session, now)


def _received(month: Declaration, actor: Actor, now: datetime) -> tuple[str, int]:
    """Two new people; the upload, and the version that its page shows."""
    rows = [NEW, NEW | {"Matricule": "P-8", "Prénom": "Ange"}]
    sheet = read_sheet(csv(table_of(rows)), NOVEMBER.first_day)
    with unit_of_work() as session:
        filling = filling_of(session, actor, month.reference)
        return uploads.receive(session, filling, sheet, actor=actor, now=now).public_id, filling.root.version


def _keeping(
    month: Declaration, actor: Actor, waiting: tuple[str, int], now: datetime
) -> Callable[[Session], uploads.Kept]:
    def keep(session: Session) -> uploads.Kept:
        filling = filling_of(session, actor, month.reference)
        upload = upload_of(session, actor, filling, waiting[0], now)
        return uploads.keep(session, upload, filling, expected_version=waiting[1], actor=actor, now=now)

    return keep


def _count(model: type[Line | Person | Participant | Upload]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_answered_three_times_at_once_is_kept_once(scene: Scene, now: datetime) -> None:
    actor = replace(filing(scene.company), account_id=1)
    with unit_of_work() as session:
        month = opened(session, scene, scene.company)
    waiting = _received(month, actor, now)
    assert together(*[_keeping(month, actor, waiting, now)] * 3) == Outcomes(done=1, refused=2)
    assert (_count(Line), _count(Participant), _count(Person)) == (2, 2, 2)


def test_two_colleagues_files_are_kept_one_after_the_other(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        month = opened(session, scene, scene.company)
    actors = [replace(filing(scene.company), account_id=number) for number in (1, 2)]
    acts = [_keeping(month, actor, _received(month, actor, now), now) for actor in actors]
    assert together(*acts) == Outcomes(done=1, refused=1)
    assert _count(Line) == 2


def test_the_same_new_people_in_two_months_at_once_are_the_same(scene: Scene, now: datetime) -> None:
    actor = replace(filing(scene.company), account_id=1)
    with unit_of_work() as session:
        months = [opened(session, scene, scene.company, month) for month in (NOVEMBER, NOVEMBER + 1)]
    acts = [_keeping(month, actor, _received(month, actor, now), now) for month in months]
    assert together(*acts) == Outcomes(done=2, refused=0)
    assert (_count(Line), _count(Participant), _count(Person)) == (4, 2, 2)
