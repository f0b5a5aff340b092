"""A demonstration's database, seeded once for all tests."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from portal import storage
from portal.accounts import keys
from portal.demo import seeding
from tests.databases import DATABASES, Databases

_BASE = Config(
    environment="demo",
    database_url="",
    secret_key="a key that signs nothing but tests",
    totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
    person_key="fingerprints of the tests",
    cookie_secure=False,
    log_format="text",
    password_cost="cheap",
    demo_mailbox_url="/demo/courriels",
)


@pytest.fixture
def demo_keys() -> None:
    keys.use(_BASE)


@pytest.fixture(scope="session", params=DATABASES)
def seeded_engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    """A database with the whole demonstration in it. Its tests share it: they only add to it."""
    if request.param not in request.config.getoption("--databases").split(","):
        pytest.skip("the other database was asked for")
    url = databases.shared(request.param, "demonstration", seed_into)
    made = storage.make_engine(url, pool_size=5)
    yield made
    made.dispose()
    databases.drop(url)


def seed_into(url: str) -> None:
    engine = storage.make_engine(url, pool_size=5)
    storage.bind(engine)
    keys.use(_BASE)
    seeding.seed(say=lambda _: None)
    storage.unbind()
    engine.dispose()


@pytest.fixture
def seeded(seeded_engine: Engine, demo_keys: None) -> Iterator[Engine]:
    """The same, bound for one test."""
    storage.bind(seeded_engine)
    yield seeded_engine
    storage.unbind()


@pytest.fixture
def demo_config(seeded: Engine, tmp_path: Path) -> Config:
    return replace(_BASE, database_url=seeded.url.render_as_string(hide_password=False), data_dir=tmp_path)


@pytest.fixture
def demo_app(demo_config: Config, seeded: Engine) -> Flask:
    from portal.app import create_app  # noqa: PLC0415 — tests of the world never load the application
    from portal.demo.views import open_door  # noqa: PLC0415

    app = create_app(demo_config, engine=seeded)
    open_door(app)
    return app


@pytest.fixture
def visitor(demo_app: Flask) -> FlaskClient:
    return demo_app.test_client()
