from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from config import Config
from portal.accounts import keys

_CONFIG = Config(
    environment="test",
    database_url="sqlite://",
    secret_key="a key that signs nothing but tests",
    totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
    person_key="fingerprints of the tests",
    password_cost="cheap",
)


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    """Services are called without an application: their keys are given here."""
    keys.use(_CONFIG)
    yield
    keys.use(_CONFIG)


@pytest.fixture(autouse=True)
def moment(now: datetime) -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts at `now`; `moment.shift(…)` lets time pass."""
    with time_machine.travel(now) as travelling:
        yield travelling


@pytest.fixture
def key_config() -> Config:
    """What these keys are made from."""
    return _CONFIG
