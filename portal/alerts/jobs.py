"""What the scheduler calls every few minutes: what is new is noted, what is due leaves."""

from datetime import datetime

from sqlalchemy import func, select

from portal.alerts import queries, services
from portal.alerts.models import Alert
from portal.forecast.queries import publication_mark
from portal.jobs import Counts
from portal.storage import reading, unit_of_work

SEARCHES_AT_ONCE, PEOPLE_AT_ONCE = 100, 200


def alert(now: datetime, dry_run: bool) -> Counts:
    """Note changes and new lots, then promise each person one message of what is due.

    Run twice, late, or by two schedulers at once, it tells no more than once: each alert has its unique key, each
    message its own. A dry run counts what waits already.
    """
    if dry_run:
        with reading() as session:
            due = select(func.count()).where(queries.waiting(), Alert.due_at <= now)
            return {"alertes à envoyer": session.scalar(due) or 0}
    noted = _note(now)
    with unit_of_work() as session:
        spared = services.spare(session, now=now)
    return {"alertes notées": noted, "devenues sans objet": spared, "messages": _gather(now)}


def _note(now: datetime) -> int:
    """Nothing to read while the publication counter stands still: each public change bumps it as it commits."""
    with unit_of_work() as session:
        mark = services.mark(session, now)
        counter = publication_mark(session).counter
        is_read = counter == mark.counter
        noted = 0 if is_read else services.note_changes(session, mark.last_revision, now=now)
    if not is_read:
        noted += _look_at_searches(now)
    with unit_of_work() as session:
        services.move(session, counter=counter, now=now)
    return noted


def _look_at_searches(now: datetime) -> int:
    noted = after = 0
    while True:
        with unit_of_work() as session:
            searches = services.searches_to_look_at(session, after, SEARCHES_AT_ONCE, now=now)
            if not searches:
                return noted
            after = searches[-1].id
            noted += services.note_lots(session, searches, now=now)


def _gather(now: datetime) -> int:
    messages, after = 0, (0, 0)
    while True:
        with unit_of_work() as session:
            people = services.people_due(session, PEOPLE_AT_ONCE, now=now, after=after)
            if not people:
                return messages
            after = people[-1][:2]
            messages += services.gather(session, people, now=now)
