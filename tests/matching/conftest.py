import pytest
from sqlalchemy.orm import Session

from portal.directory.services import load_reference


@pytest.fixture
def place(session: Session) -> Session:
    """The test's session, with the lists that the portal ships."""
    load_reference(session)
    session.commit()
    return session
