"""What the cockpit adds to the header."""

from portal.desks.cockpit.desk import count_waiting
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation


def furnish() -> None:
    """Called once by the application."""
    below = tuple(f"cockpit.{page}" for page in ("members", "nudge", "lots", "lot"))
    follows = reserved_to(Permission.NETWORK_FOLLOW)
    navigation.add(Entry("Mon réseau", "cockpit.show", follows, count=_count, below=below))


def _count(actor: Actor) -> int:
    with reading() as session:
        return count_waiting(session, actor, clock.utc_now())
