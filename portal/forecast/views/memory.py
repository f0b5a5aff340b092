"""The last filters of the list, found again at the next visit; see docs/decisions/forecast.md, « Filters »."""

from urllib.parse import parse_qsl

from flask import session

from portal.forecast.listing.selection import Selection, read_selection
from portal.forecast.listing.words import summary
from portal.forecast.views.blueprint import list_address
from portal.forecast.views.freshness import REMEMBERED
from portal.web import current_actor

_LONGEST = 1_000
"""Beyond, the browser might refuse the cookie with the session in it."""


def note(selection: Selection) -> None:
    """For somebody signed in, whose pages are theirs alone; nobody else gets a cookie without asking for it."""
    if current_actor().is_signed_in and selection.is_restricted:
        keep(selection)


def keep(selection: Selection) -> None:
    """Remember this selection, or nothing when nothing restricts it."""
    address = selection.starting(None).address()
    if not selection.is_restricted:
        session.pop(REMEMBERED, None)
    elif len(address) <= _LONGEST and session.get(REMEMBERED) != address:
        session[REMEMBERED] = address


def for_page(selection: Selection) -> tuple[str, str] | None:
    """The filters kept, in words and as an address, where the list shows none."""
    kept = session.get(REMEMBERED)
    if selection.is_restricted or not isinstance(kept, str):
        return None
    remembered = read_selection(parse_qsl(kept))
    return (summary(remembered), list_address(remembered)) if remembered.is_restricted else None
