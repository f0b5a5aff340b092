"""What every test may ask for: databases, the application, a clock, the reference data."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import storage
from tests.databases import DATABASES, Databases, make_run_directory, remove_run_directory
from tests.statements import Statements, counted_statements
from tests.worlds import NOW

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

_RUN = pytest.StashKey[Path]()

settings.register_profile("amont", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("amont"), max_examples=2_000)
settings.load_profile("amont")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--databases", default=",".join(DATABASES), help="which databases tests run on: sqlite, postgresql, or both"
    )


def pytest_configure(config: pytest.Config) -> None:
    shared = getattr(config, "workerinput", {}).get("run_directory")
    config.stash[_RUN] = Path(shared) if shared else make_run_directory()


def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the run's databases are."""
    node.workerinput["run_directory"] = str(node.config.stash[_RUN])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _RUN in config.stash:
        remove_run_directory(config.stash[_RUN])


def pytest_collection(session: pytest.Session) -> None:
    """Thousands of tests are objects that all stay: the collector would go through them again and again."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--databases").split(",")
        chosen = [name for name in DATABASES if name in asked]
        enough = 1 if metafunc.definition.get_closest_marker("any_database") else None
        metafunc.parametrize("database", chosen[:enough], indirect=True)


@pytest.fixture
def now() -> datetime:
    """Thursday 3 December 2026, 9 in the morning in Paris."""
    return NOW


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    made = Databases(pytestconfig.stash[_RUN], os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield made
    made.close()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite`, then `postgresql`: a test that asks for it, even through another fixture, runs on each."""
    return str(request.param)


@pytest.fixture
def starting_point() -> "Callable[[Session], object] | None":
    """What makes the world that a room's tests start from, if any: see tests/worlds.py."""
    return None


@pytest.fixture
def engine(databases: Databases, database: str, starting_point: "Callable[[Session], object] | None") -> Engine:
    """The worker's migrated database. Write through `connection`, `session` or `client`, which roll back."""
    return databases.world(database, starting_point).engine if starting_point else databases.engine(database)


@pytest.fixture
def started(
    databases: Databases, database: str, starting_point: "Callable[[Session], object]", session: Session
) -> Any:
    """What `starting_point` made, in the test's session."""
    return databases.world(database, starting_point).within(session)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One transaction around the test, rolled back; `unit_of_work()` and `reading()` are savepoints of it."""
    with engine.connect() as opened, opened.begin() as around:
        storage.bind_to_connection(opened)
        yield opened
        storage.unbind()
        around.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session within the test's transaction: flush or commit before the code under test opens its own."""
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
        yield opened


@pytest.fixture
def fresh_database(databases: Databases, database: str) -> Iterator[str]:
    """The URL of a new migrated database, for tests that need real commits and several connections."""
    url = databases.fresh(database)
    yield url
    storage.unbind()
    databases.drop(url)


@pytest.fixture
def fresh_engine(fresh_database: str) -> Iterator[Engine]:
    """A new migrated database that `unit_of_work()` and `reading()` talk to, from any thread, and really commit to."""
    made = storage.make_engine(fresh_database)
    storage.bind(made)
    yield made
    made.dispose()


@pytest.fixture
def new_engine(databases: Databases, database: str) -> Iterator[Callable[[], Engine]]:
    """Makes engines on new databases without a single table."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(storage.make_engine(databases.empty(database)))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
        databases.drop(engine.url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def config(engine: Engine, data_dir: Path) -> Config:
    return Config(
        environment="test",
        database_url=engine.url.render_as_string(hide_password=False),
        secret_key="a key that signs nothing but tests",
        totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
        person_key="fingerprints of the tests",
        cookie_secure=False,
        data_dir=data_dir,
        log_format="text",
        password_cost="cheap",
    )


@pytest.fixture(scope="session")
def _apps() -> "dict[Config, Flask]":
    return {}


@pytest.fixture
def app(config: Config, engine: Engine, connection: Connection, _apps: "dict[Config, Flask]") -> "Flask":
    """The portal on the test's transaction. Built once per settings, for both databases and every world: it holds none.

    A test that alters it builds its own.
    """
    from portal.app import create_app  # noqa: PLC0415 — tests of lower rooms never load the application
    from portal.pieces import files  # noqa: PLC0415

    kept = replace(config, database_url="")
    if kept not in _apps:
        _apps[kept] = create_app(config, engine=engine)
    files.use(config)
    return _apps[kept]


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    return app.test_client()


@pytest.fixture
def sql_count() -> Callable[[], AbstractContextManager[Statements]]:
    """`with sql_count() as statements: …; assert statements.count == 3` (and `statements.sent` tells which)."""
    return counted_statements


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The reference data beside the checkout's parent; they are never copied into the project."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the reference data are not there: expected shared/data beside the checkout")
    return path
