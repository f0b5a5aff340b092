"""What the scheduler calls for the months to declare."""

from datetime import datetime

from portal.declarations import services
from portal.storage import unit_of_work


def open_months(now: datetime, dry_run: bool) -> dict[str, int]:
    """Open each month that is due, and catch up with those that were missed."""
    if dry_run:
        raise NotImplementedError
    with unit_of_work() as session:
        return {"mois ouverts": services.open_months(session, now=now)}
