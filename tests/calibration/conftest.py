from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from config import Config
from portal.accounts import keys
from tests.calibration.variants_town import make_calibrated
from tests.groupements.people import Town

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
    return the_town if "town" in request.fixturenames else None


def the_town(session: Session) -> Town:
    return make_calibrated(session)


@pytest.fixture
def town(started: Town) -> Town:
    return started
