"""What the scheduler calls for the months to declare."""

from datetime import datetime

from portal.declarations import services
from portal.storage import reading, unit_of_work


def open_months(now: datetime, dry_run: bool) -> dict[str, int]:
    """Open each month that is due, and catch up with those that were missed."""
    if dry_run:
        with reading() as session:
            return {"mois à ouvrir": services.count_due(session, now=now)}
    with unit_of_work() as session:
        return {"mois ouverts": services.open_months(session, now=now)}
