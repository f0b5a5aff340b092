"""A contract held by two, who follows it, and the people who file: on each database."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from config import Config
from portal.declarations import fingerprints
from tests.declarations.sample import Scene, the_scene

_CONFIG = Config(
    environment="test",
    database_url="sqlite://",
    secret_key="a key that signs nothing but tests",
    totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
    person_key="fingerprints of the tests",
)


@pytest.fixture(autouse=True)
def _prints() -> Iterator[None]:
    """Services are called without an application: the key of fingerprints is given here."""
    fingerprints.use(_CONFIG)
    yield
    fingerprints.use(_CONFIG)


@pytest.fixture(autouse=True)
def moment(now: datetime) -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts at `now`; `moment.shift(…)` lets time pass."""
    with time_machine.travel(now) as travelling:
        yield travelling


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    return the_scene if "scene" in request.fixturenames else None


@pytest.fixture
def scene(started: Scene) -> Scene:
    return started


@pytest.fixture
def key_config() -> Config:
    """What the prints are made from."""
    return _CONFIG
