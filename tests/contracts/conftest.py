"""The town of the contracts, and its clock."""

from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.contracts import sample


@pytest.fixture
def town(session: Session) -> sample.Town:
    return sample.make_town(session)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts on Thursday 3 December 2026."""
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling
