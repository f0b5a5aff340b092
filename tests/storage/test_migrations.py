from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, inspect, text

from portal.storage import migrations


@pytest.fixture
def empty_engine(new_engine: Callable[[], Engine]) -> Engine:
    return new_engine()


def version_of(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def test_an_empty_database_is_brought_to_the_head_and_stays_there(empty_engine: Engine) -> None:
    migrations.migrate(empty_engine)
    tables = inspect(empty_engine).get_table_names()
    migrations.migrate(empty_engine)

    assert version_of(empty_engine) == migrations.heads()
    assert inspect(empty_engine).get_table_names() == tables


def test_two_processes_that_start_together_migrate_once(empty_engine: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrations.migrate, [empty_engine, empty_engine]))

    assert version_of(empty_engine) == migrations.heads()
