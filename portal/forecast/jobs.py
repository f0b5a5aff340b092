"""What the scheduler calls for the forecast."""

from datetime import datetime

from sqlalchemy import func, select, update

from portal.forecast import listing, rules
from portal.forecast.models import Lot, Project, PublicationMark
from portal.storage import reading, unit_of_work


def refresh_list(_now: datetime, dry_run: bool) -> dict[str, int]:
    """Make the public list anew: names and territories may have changed in the directory, which knows no forecast.

    Copies that browsers keep become stale; the date of the last public change stays what it is.
    """
    if dry_run:
        with reading() as session:
            listed = Project.state.in_(rules.LISTED_STATES) & Lot.ended_at.is_(None)
            lots = session.scalar(select(func.count()).select_from(Lot).join(Project).where(listed))
            return {"lots à relire": lots or 0}
    with unit_of_work() as session:
        lots = listing.rebuild(session)
        session.execute(update(PublicationMark).values(counter=PublicationMark.counter + 1))
    return {"lots relus": lots}
