"""What the scheduler calls: groupements whose consultation has ended elsewhere come to their end too."""

from datetime import datetime

from portal.groupements import queries, services
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
