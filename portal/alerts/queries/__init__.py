"""Rows out, nothing decided here."""

from portal.alerts.queries.conditions import waiting
from portal.alerts.queries.deliveries import Delivery, told_of
from portal.alerts.queries.estimates import Estimate, estimate
from portal.alerts.queries.following import follow_of, followed, preferences_of, search, searches_of
from portal.alerts.queries.stops import stopping

__all__ = [
    "Delivery",
    "Estimate",
    "estimate",
    "follow_of",
    "followed",
    "preferences_of",
    "search",
    "searches_of",
    "stopping",
    "told_of",
    "waiting",
]
