"""Saved searches: kept, changed, ended."""

from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal import journal
from portal.alerts import policies, queries, rules
from portal.alerts.models import Alert, SavedSearch
from portal.forecast.listing.selection import Order, Selection, read_selection
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import Event, Frequency

MOST = 50
"""Searches that one person keeps for one organisation."""


def selection_of(address: str) -> Selection:
    return read_selection(parse_qsl(address))


def address_kept(selection: Selection) -> str:
    """The address of the same lots, whatever their order and the page one was on."""
    return selection.sorted_by(Order.DATE).address()


def save_search(
    session: Session, selection: Selection, name: str | None, frequency: Frequency, *, actor: Actor, now: datetime
) -> SavedSearch:
    """Be told from now on of what enters a search; the same one saved twice is one."""
    account_id, organisation_id = policies.ensure_can_follow(actor)
    rules.ensure_search_frequency(frequency)
    kept, address = queries.searches_of(session, actor), address_kept(selection)
    rules.ensure_address(address)
    if len(kept) >= MOST:
        raise RuleViolation(f"Vous gardez déjà {MOST} recherches : mettez fin à l’une d’elles d’abord.")
    if any(each.address == address for each in kept):
        raise RuleViolation("Vous avez déjà enregistré cette recherche : vous la trouvez dans vos alertes.")
    search = SavedSearch(
        account_id=account_id,
        organisation_id=organisation_id,
        name=rules.ensure_name(name),
        address=address,
        frequency=frequency,
        created_at=now,
        looked_at=now,
    )
    session.add(search)
    session.flush()
    _record(session, Event.SEARCH_SAVED, search, actor, now)
    return search


def revise_search(
    session: Session,
    search: SavedSearch,
    name: str | None,
    frequency: Frequency,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Another name, another rhythm; what waits leaves at the new one."""
    policies.ensure_own(actor, search)
    ensure_current(search, expected_version)
    rules.ensure_search_frequency(frequency)
    search.name = rules.ensure_name(name)
    if search.frequency is not frequency:
        search.frequency = frequency
        _change_waiting(session, search, due_at=rules.due_at(frequency, now))
    _record(session, Event.SEARCH_SAVED, search, actor, now)


def end_search(session: Session, search: SavedSearch, *, actor: Actor, now: datetime) -> None:
    policies.ensure_own(actor, search)
    search.ended_at = now
    _change_waiting(session, search, spared_at=now)
    _record(session, Event.SEARCH_ENDED, search, actor, now)


def _change_waiting(session: Session, search: SavedSearch, **values: datetime) -> None:
    of_search = (Alert.search_id == search.id, queries.waiting())
    session.execute(update(Alert).where(*of_search).values(values).execution_options(synchronize_session=False))


def _record(session: Session, event: Event, search: SavedSearch, actor: Actor, now: datetime) -> None:
    after = {"address": search.address, "frequency": search.frequency}
    journal.record(session, event, ("saved_search", search.id, search.name), actor=actor, at=now, after=after)
