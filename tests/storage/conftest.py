import pytest
from sqlalchemy import Connection, Engine

from tests.storage.trial import make_trial_tables


@pytest.fixture
def trial_engine(fresh_engine: Engine) -> Engine:
    """A fresh database, really committed to, with the trial tables."""
    make_trial_tables(fresh_engine)
    return fresh_engine


@pytest.fixture
def trial(connection: Connection) -> Connection:
    """The trial tables within a transaction that the test's end rolls back."""
    make_trial_tables(connection)
    return connection
