from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.calibration.variants_town import make_calibrated
from tests.groupements.conftest import key_config, moment
from tests.groupements.people import Town

__all__ = ["key_config", "moment"]


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    return the_town if "town" in request.fixturenames else None


def the_town(session: Session) -> Town:
    return make_calibrated(session)


@pytest.fixture
def town(started: Town) -> Town:
    return started
