"""A buyer in its country, on each database."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.forecast.models import Project
from tests.forecast import sample


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    """A module whose tests share a project says how it is made: `the_project(session)`."""
    if "project" in request.fixturenames:
        return getattr(request.module, "the_project", sample.the_buyer)
    if "buyer_id" in request.fixturenames:
        return sample.the_buyer
    return sample.the_country if "country" in request.fixturenames else None


@pytest.fixture
def country(started: None) -> None:
    """Communes, a department, CPV codes; no buyer yet."""


@pytest.fixture
def buyer_id(started: int | Project) -> int:
    return started if isinstance(started, int) else started.buyer_id


@pytest.fixture
def project(started: Project) -> Project:
    return started


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    """Pages read the clock, which starts on Thursday 3 December 2026; `moment.shift(…)` lets time pass."""
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling
