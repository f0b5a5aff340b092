"""A buyer in its country, and a person of its purchasing department who has signed in."""

from collections.abc import Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from tests.forecast import sample
from tests.forecast.pages import sign_in


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling


@pytest.fixture
def buyer(session: Session) -> Organisation:
    sample.make_country(session)
    return session.get_one(Organisation, sample.make_buyer(session))


@pytest.fixture
def signed_in(client: FlaskClient, session: Session, buyer: Organisation) -> int:
    """The account's id."""
    from portal.accounts.models import Account  # noqa: PLC0415

    sign_in(client, session, buyer.id)
    return session.scalars(select(Account.id)).one()
