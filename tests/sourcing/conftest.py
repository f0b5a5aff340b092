from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from portal.forecast.models import Lot, Project
from tests.groupements.conftest import key_config, moment
from tests.groupements.people import Town, the_town, the_town_and_its_lot

__all__ = ["key_config", "moment"]


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
