"""What matching adds to the pages of lots."""

from portal.matching.views.furniture import furnish, rows_for

__all__ = ["furnish", "rows_for"]
