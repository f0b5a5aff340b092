"""A buyer in its country, on each database."""

from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.forecast import sample


@pytest.fixture
def country(session: Session) -> None:
    sample.make_country(session)


@pytest.fixture
def buyer_id(session: Session, country: None) -> int:
    return sample.make_buyer(session)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts on Thursday 3 December 2026; `moment.shift(…)` lets time pass."""
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling
