from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from config import Config
from portal.accounts import keys
from portal.forecast.models import Lot, Project
from tests.groupements.people import Town, make_town

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
def town(session: Session, now: datetime) -> Town:
    return make_town(session, now)


@pytest.fixture
def project(town: Town) -> Project:
    """Public, one lot of two communes, 12 000 h a year over two years."""
    return town.project()


@pytest.fixture
def lot(project: Project) -> Lot:
    return project.lots[0]
