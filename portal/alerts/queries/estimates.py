"""What a search would have sent, had it been saved three months ago: read from the public history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.alerts import rules
from portal.alerts.queries.entries import Entry, entries
from portal.forecast.listing.matching import matching
from portal.forecast.listing.selection import Selection
from portal.vocabulary import Frequency

_MOST_LOTS = 5_000


@dataclass(frozen=True)
class Estimate:
    """Messages by frequency over three months, and when the next could leave at the soonest."""

    messages: Mapping[Frequency, int]
    soonest: Mapping[Frequency, datetime]
    is_partial: bool
    """More lots changed than are counted: there would have been at least so many messages."""


def estimate(session: Session, selection: Selection, now: datetime) -> Estimate:
    """Two statements. Only lots that still answer are known: those that left the list since are not counted."""
    since = now - rules.ESTIMATED
    lot_ids = matching(session, selection, most=_MOST_LOTS, changed_since=since)
    fields = rules.fields_that_enter(selection)
    known = entries(session, lot_ids, since=since) if lot_ids else {}
    entered = [min(each.at for each in found) for changes in known.values() if (found := _entering(changes, fields))]
    return Estimate(
        {each: rules.messages_for(each, entered) for each in rules.SEARCH_FREQUENCIES},
        {each: rules.due_at(each, now) for each in rules.SEARCH_FREQUENCIES},
        len(lot_ids) == _MOST_LOTS,
    )


def _entering(changes: Sequence[Entry], fields: Collection[str]) -> list[Entry]:
    return [change for change in changes if change.field in fields]
