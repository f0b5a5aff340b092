"""What the portal notes when lots enter saved searches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.alerts import rules
from portal.alerts.models import Alert, SavedSearch
from portal.alerts.queries.conditions import belongs, prefers_never
from portal.alerts.queries.entries import Entry, entries
from portal.alerts.services.searches import selection_of
from portal.forecast.listing.matching import matching
from portal.storage.once import insert_each_once
from portal.vocabulary import AlertKind

_MOST_LOTS = 10_000
"""Lots that enter one search between two looks: beyond, nobody reads a message."""
_ROWS_AT_ONCE = 500


def searches_to_look_at(session: Session, after: int, most: int, *, now: datetime) -> Sequence[SavedSearch]:
    """Live searches whose person is still to be told, by batches: those numbered beyond `after`."""
    owner = (SavedSearch.account_id, SavedSearch.organisation_id)
    told = (belongs(owner, now), ~prefers_never(AlertKind.NEW_LOTS, owner))
    live = select(SavedSearch).where(SavedSearch.id > after, SavedSearch.ended_at.is_(None), *told)
    return session.scalars(live.order_by(SavedSearch.id).limit(most)).all()


def note_lots(session: Session, searches: Sequence[SavedSearch], *, now: datetime) -> int:
    """Note the lots that entered these searches since each was looked at; how many were new.

    One statement for each different search, whoever saved it, and three for all. What was published while the last
    look was under way is looked at again: the same lot is never noted twice for the same search.
    """
    since = {each.id: max(each.created_at, each.looked_at - rules.READ_AGAIN) for each in searches}
    found = _found(session, searches, since)
    lots = {lot_id for lot_ids in found.values() for lot_id in lot_ids}
    known = entries(session, lots, since=min(since.values())) if lots else {}
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for search in searches:
        for entry in _entering(search, found[search.address], known, since[search.id]):
            rows.setdefault((search.id, entry.lot_id), _row(search, entry, now))
    noted = _noted(session, [rows[key] for key in sorted(rows)])
    looked_at = update(SavedSearch).where(SavedSearch.id.in_(since)).values(looked_at=now)
    session.execute(looked_at.execution_options(synchronize_session=False))
    return noted


def _found(
    session: Session, searches: Iterable[SavedSearch], since: Mapping[int, datetime]
) -> Mapping[str, Sequence[int]]:
    """By address, the lots changed since the earliest look of the searches that share it."""
    earliest: dict[str, datetime] = {}
    for search in searches:
        earliest[search.address] = min(since[search.id], earliest.get(search.address, since[search.id]))
    return {
        address: matching(session, selection_of(address), most=_MOST_LOTS, changed_since=instant)
        for address, instant in earliest.items()
    }


def _entering(
    search: SavedSearch, lot_ids: Iterable[int], known: Mapping[int, Sequence[Entry]], since: datetime
) -> Iterator[Entry]:
    """Lots already there that change in something the search does not look at do not enter it."""
    fields = rules.fields_that_enter(selection_of(search.address))
    for lot_id in lot_ids:
        yield from (entry for entry in known.get(lot_id, ()) if entry.at > since and entry.field in fields)


def _row(search: SavedSearch, entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "account_id": search.account_id,
        "organisation_id": search.organisation_id,
        "kind": AlertKind.NEW_LOTS,
        "subject": f"lot:{entry.lot_id}:{search.id}",
        "project_id": entry.project_id,
        "lot_id": entry.lot_id,
        "search_id": search.id,
        "noted_at": now,
        "due_at": rules.due_at(search.frequency, now),
    }


def _noted(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    parts = (rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE))
    return sum(len(insert_each_once(session, Alert, part, told_by=Alert.id)) for part in parts)
