"""The town of the contracts, and its clock."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.contracts import sample


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    return sample.make_town if "town" in request.fixturenames else None


@pytest.fixture
def town(started: sample.Town) -> sample.Town:
    return started


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts on Thursday 3 December 2026."""
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling
