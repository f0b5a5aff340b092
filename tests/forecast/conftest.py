"""A buyer in its country, on each database."""

import pytest
from sqlalchemy.orm import Session

from tests.forecast import sample


@pytest.fixture
def country(session: Session) -> None:
    sample.make_country(session)


@pytest.fixture
def buyer_id(session: Session, country: None) -> int:
    return sample.make_buyer(session)
