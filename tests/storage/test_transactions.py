from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.orm import Session

from portal import storage
from portal.storage import reading, unit_of_work
from tests.storage.trial import TrialLot


def count_of_lots() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(TrialLot)) or 0


def add_through_orm(session: Session) -> None:
    session.add(TrialLot(number=1))
    session.flush()


def add_through_core(session: Session) -> None:
    session.execute(insert(TrialLot).values(number=1))


def add_through_text(session: Session) -> None:
    session.execute(
        text("INSERT INTO trial_lot (number, title, open, version, reservation) VALUES (1, 'A', true, 1, 'none')")
    )


WAYS_TO_WRITE = [add_through_orm, add_through_core, add_through_text]


class Interruption(Exception):
    pass


def test_a_unit_of_work_is_kept_whole(trial_engine: Engine) -> None:
    with unit_of_work() as session:
        session.add_all([TrialLot(number=1), TrialLot(number=2)])

    assert count_of_lots() == 2


def test_a_failed_unit_of_work_leaves_nothing(trial_engine: Engine) -> None:
    def add_then_fail() -> None:
        with unit_of_work() as session:
            add_through_orm(session)
            raise Interruption

    with pytest.raises(Interruption):
        add_then_fail()

    assert count_of_lots() == 0


def test_a_unit_of_work_inside_another_is_refused(trial_engine: Engine) -> None:
    with (
        pytest.raises(RuntimeError, match="already open"),
        unit_of_work() as outer,
        unit_of_work(),
    ):
        outer.add(TrialLot(number=1))

    with unit_of_work() as session:
        session.add(TrialLot(number=2))
    assert count_of_lots() == 1


def test_without_a_database_the_reason_is_told() -> None:
    storage.unbind()
    with pytest.raises(RuntimeError, match="no database is bound"), reading():
        pass


@pytest.mark.parametrize("write", WAYS_TO_WRITE)
def test_the_database_refuses_writes_in_a_reading(trial_engine: Engine, write: Callable[[Session], None]) -> None:
    with pytest.raises(DBAPIError), reading() as session:
        write(session)

    assert count_of_lots() == 0


@pytest.mark.parametrize("write", WAYS_TO_WRITE)
def test_writing_works_again_after_a_reading(trial_engine: Engine, write: Callable[[Session], None]) -> None:
    """The same pooled connection serves both."""
    assert count_of_lots() == 0
    with unit_of_work() as session:
        write(session)

    assert count_of_lots() == 1


@pytest.mark.parametrize("write", WAYS_TO_WRITE)
def test_readings_refuse_writes_in_tests_too(trial: Connection, write: Callable[[Session], None]) -> None:
    """A test's transaction may write: it must not hide a page that does."""
    with pytest.raises(InvalidRequestError), reading() as session:
        write(session)

    with unit_of_work() as session:
        write(session)
    assert count_of_lots() == 1


def test_in_tests_a_failed_unit_of_work_leaves_what_went_before(trial: Connection) -> None:
    with unit_of_work() as session:
        session.add(TrialLot(number=1))
    with pytest.raises(SQLAlchemyError), unit_of_work() as session:
        session.add_all([TrialLot(number=2), TrialLot(number=1)])

    assert count_of_lots() == 1
