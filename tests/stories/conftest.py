"""A contract of two titulaires with accepted months, and who writes or answers for each."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from config import Config
from portal.declarations import fingerprints
from tests.declarations.sample import Scene, the_scene


@pytest.fixture(autouse=True)
def moment(now: datetime, config: Config) -> Iterator[time_machine.Traveller]:
    fingerprints.use(config)
    with time_machine.travel(now) as travelling:
        yield travelling


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    return the_scene if "scene" in request.fixturenames else None


@pytest.fixture
def scene(started: Scene) -> Scene:
    return started
