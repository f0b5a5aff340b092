"""What waits at present, read once for a page and its header."""

from flask import g

from portal.groupements import queries
from portal.groupements.queries import Waiting
from portal.kernel import clock
from portal.storage import reading
from portal.web import current_actor


def waiting_now() -> list[Waiting]:
    """All that waits for the organisation one acts for."""
    if "groupements_waiting" not in g:
        with reading() as session:
            g.groupements_waiting = queries.waiting(session, current_actor(), clock.utc_now())
    found: list[Waiting] = g.groupements_waiting
    return found
