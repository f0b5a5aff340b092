"""The test bed keeps its own promises: no test leaves a row behind, none speaks to the outside."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection, Engine, Table, func, select, text

from portal.storage import reading, unit_of_work
from tests.statements import Statements
from tests.storage.trial import TrialLot


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_the_database_empty(engine: Engine, connection: Connection, turn: str) -> None:
    table = TrialLot.__table__
    assert isinstance(table, Table)
    table.create(connection)
    with unit_of_work() as session:
        session.add(TrialLot(number=1, title=turn))

    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrialLot)) == 1


def test_statements_are_counted_without_the_bed_s_own(
    connection: Connection, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    with sql_count() as statements, unit_of_work() as session:
        session.execute(text("SELECT 1"))
        session.execute(text("SELECT 2"))

    assert statements.sent == ["SELECT 1", "SELECT 2"]


def test_nothing_leaves_this_machine() -> None:
    with pytest.raises((RuntimeError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
