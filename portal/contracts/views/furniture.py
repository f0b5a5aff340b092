"""What this room adds to the header."""

from portal.vocabulary import Permission
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation


def furnish() -> None:
    """Called once by the application."""
    below = tuple(f"contracts.{page}" for page in ("show", "commitment", "reporting", "follow"))
    navigation.add(Entry("Marchés", "contracts.index", reserved_to(Permission.CONTRACT_READ), below=below))
