"""The pages of the month, of who files it and of who checks it."""

from portal.declarations.views import (
    checking,
    delegation,
    deposits,
    evidence,
    listing,
    month,
    parts,
    people,
    receipts,
    versions,
)
from portal.declarations.views.blueprint import pages
from portal.declarations.views.furniture import furnish

__all__ = [
    "checking",
    "delegation",
    "deposits",
    "evidence",
    "furnish",
    "listing",
    "month",
    "pages",
    "parts",
    "people",
    "receipts",
    "versions",
]
