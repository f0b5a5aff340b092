from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.directory.services import load_reference


@pytest.fixture
def place(session: Session) -> Session:
    """The test's session, with the lists that the portal ships."""
    load_reference(session)
    session.commit()
    return session


@pytest.fixture
def moment(now: datetime) -> Iterator[time_machine.Traveller]:
    """Pages read the clock: it shows `now`."""
    with time_machine.travel(now, tick=False) as travelling:
        yield travelling
