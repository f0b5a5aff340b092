"""What matching adds to the pages of lots."""

from portal.matching.views.furniture import furnish

__all__ = ["furnish"]
