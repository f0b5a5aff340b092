"""What the scheduler calls: ends that came elsewhere, and invitations about to expire."""

from datetime import datetime

from portal.groupements import queries, services
from portal.groupements.services import telling
from portal.jobs import Counts
from portal.storage import reading, unit_of_work


def close_over(now: datetime, dry_run: bool) -> Counts:
    """Close the candidacies that can win nothing any more; each in its own transaction, once."""
    with reading() as session:
        over = [(each.id, each.name) for each in queries.to_close(session)]
    if not dry_run:
        for id_, _ in over:
            with unit_of_work() as session:
                services.close_if_over(session, queries.by_id(session, id_), now=now)
    return {"groupements clos": len(over)}


def remind_invitations(now: datetime, dry_run: bool) -> Counts:
    """Remind, once each, of the invitations that end within four days; whatever runs were missed, or run twice."""
    with reading() as session:
        ending = queries.ending_invitations(session, now)
    if dry_run:
        return {"invitations qui expirent": len(ending)}
    told = 0
    for groupement_id, member_id in ending:
        with unit_of_work() as session:
            told += telling.remind_invited(session, queries.by_id(session, groupement_id), member_id, now=now)
    return {"rappels": told}
