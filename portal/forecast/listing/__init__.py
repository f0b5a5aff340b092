"""The public list of lots: its filters and address, the table behind it, the search, and the rows as they read."""

from portal.forecast.listing.upkeep import rebuild, refresh

__all__ = ["rebuild", "refresh"]
