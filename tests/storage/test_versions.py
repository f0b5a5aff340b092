from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from portal.kernel.errors import Stale
from portal.storage import ensure_current, touch, unit_of_work
from tests.storage.trial import TrialLot


@pytest.fixture
def lot(trial: Connection, session: Session) -> TrialLot:
    made = TrialLot(number=1, title="Cleaning")
    session.add(made)
    session.flush()
    return made


def change_elsewhere(session: Session) -> None:
    session.execute(text("UPDATE trial_lot SET version = version + 1, title = 'Gardening'"))


def test_the_version_shown_by_the_form_is_taken_and_moves_on(lot: TrialLot, session: Session) -> None:
    ensure_current(lot, 1)

    assert lot.version == 2
    assert session.scalar(text("SELECT version FROM trial_lot")) == 2


def test_an_older_form_is_stale(lot: TrialLot, session: Session) -> None:
    ensure_current(lot, 1)

    with pytest.raises(Stale):
        ensure_current(lot, 1)


@pytest.mark.parametrize("take", [lambda lot: ensure_current(lot, 1), touch])
def test_a_change_that_this_session_has_not_seen_is_found(
    lot: TrialLot, session: Session, take: Callable[[TrialLot], None]
) -> None:
    change_elsewhere(session)

    with pytest.raises(Stale) as stale:
        take(lot)

    assert isinstance(stale.value.current, TrialLot)
    assert (stale.value.current.version, stale.value.current.title) == (2, "Gardening")


def test_what_stands_now_can_be_read_after_the_rollback(trial: Connection) -> None:
    with unit_of_work() as session:
        session.add(TrialLot(number=1, title="Cleaning"))

    with pytest.raises(Stale) as stale, unit_of_work() as session:
        ensure_current(session.query(TrialLot).one(), 9)

    assert isinstance(stale.value.current, TrialLot)
    assert stale.value.current.title == "Cleaning"


def test_each_touch_makes_a_version(lot: TrialLot) -> None:
    touch(lot)
    touch(lot)

    assert lot.version == 3


def test_a_root_out_of_any_session_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="not in a session"):
        touch(TrialLot(number=1, version=1))
