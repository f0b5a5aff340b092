"""What the scheduler calls for the forecast."""

from datetime import datetime

from sqlalchemy import func, select, update

from portal.forecast import listing, queries, rules, services
from portal.forecast.models import Lot, Project, PublicationMark
from portal.storage import reading, unit_of_work


def publish_scheduled(now: datetime, dry_run: bool) -> dict[str, int]:
    """Publish what is due, each in its own transaction; what no longer may be goes back to ready, and says why."""
    with reading() as session:
        due = queries.due_publications(session, now)
    if dry_run:
        return {"projets à publier": len(due)}
    published = back = 0
    for id_ in due:
        with unit_of_work() as session:
            outcome = services.publish_due(session, id_, now=now)
        published += outcome is True
        back += outcome is False
    return {"projets publiés": published, "projets rendus": back}


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
