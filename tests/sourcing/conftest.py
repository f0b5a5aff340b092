from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from config import Config
from portal.accounts import keys
from portal.forecast.models import Lot, Project
from tests.groupements.people import Town, the_town, the_town_and_its_lot

_CONFIG = Config(
    environment="test",
    database_url="sqlite://",
    secret_key="a key that signs nothing but tests",
    totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
    person_key="fingerprints of the tests",
    password_cost="cheap",
)


@pytest.fixture(autouse=True)
def key_config() -> Config:
    keys.use(_CONFIG)
    return _CONFIG


@pytest.fixture(autouse=True)
def moment(now: datetime) -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts at `now`; `moment.shift(…)` lets time pass."""
    with time_machine.travel(now) as travelling:
        yield travelling


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    if "project" in request.fixturenames:
        return the_town_and_its_lot
    return the_town if "town" in request.fixturenames else None


@pytest.fixture
def town(started: Town) -> Town:
    return started


@pytest.fixture
def project(town: Town) -> Project:
    """Public, one lot of two communes, 12 000 h a year over two years."""
    assert town.public is not None
    return town.public


@pytest.fixture
def lot(project: Project) -> Lot:
    return project.lots[0]
