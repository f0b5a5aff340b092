"""Rows out, nothing decided here."""

from portal.alerts.queries.deliveries import Delivery, told_of
from portal.alerts.queries.following import (
    follow_of,
    followed,
    preferences_of,
    search,
    searches_of,
    waiting,
)

__all__ = [
    "Delivery",
    "follow_of",
    "followed",
    "preferences_of",
    "search",
    "searches_of",
    "told_of",
    "waiting",
]
