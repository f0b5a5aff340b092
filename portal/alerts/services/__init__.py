"""What people do with alerts, and what the portal does for them."""

from portal.alerts.services.entering import note_lots, searches_to_look_at
from portal.alerts.services.following import follow, unfollow
from portal.alerts.services.gathering import gather, message_key, people_due, spare
from portal.alerts.services.noting import note_changes, tell
from portal.alerts.services.preferences import set_preferences, stop
from portal.alerts.services.reading import mark, move
from portal.alerts.services.searches import (
    MOST,
    address_kept,
    end_search,
    revise_search,
    save_search,
    selection_of,
)

__all__ = [
    "MOST",
    "address_kept",
    "end_search",
    "follow",
    "gather",
    "mark",
    "message_key",
    "move",
    "note_changes",
    "note_lots",
    "people_due",
    "revise_search",
    "save_search",
    "searches_to_look_at",
    "selection_of",
    "set_preferences",
    "spare",
    "stop",
    "tell",
    "unfollow",
]
