"""What this room adds to the header."""

from portal.directory import queries
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation


def furnish() -> None:
    """Called once by the application."""
    pages = ("show", "edit", "capacity", "confirm_capacity")
    navigation.add(Entry("Annuaire", "directory.index", below=tuple(f"directory.{page}" for page in pages)))
    navigation.add(_networks())


def _networks() -> Entry:
    pages = ("networks", "ask", "accept", "end")
    return Entry(
        "Réseaux",
        "directory.own_networks",
        reserved_to(Permission.AFFILIATION_ASK, Permission.AFFILIATION_DECIDE),
        count=_requests_waiting,
        below=tuple(f"directory.{page}" for page in pages),
    )


def _requests_waiting(actor: Actor) -> int:
    if not actor.may(Permission.AFFILIATION_DECIDE):
        return 0
    with reading() as session:
        return queries.count_waiting(session, actor.organisation_id or 0)
