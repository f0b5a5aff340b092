"""The pages of the month, of who files it and of who checks it."""

from portal.declarations.views import (
    checking,
    delegation,
    deposits,
    eligibility,
    evidence,
    likenesses,
    listing,
    month,
    parts,
    path,
    people,
    receipts,
    together,
    uploads,
    versions,
)
from portal.declarations.views.blueprint import pages
from portal.declarations.views.furniture import furnish

__all__ = [
    "checking",
    "delegation",
    "deposits",
    "eligibility",
    "evidence",
    "furnish",
    "likenesses",
    "listing",
    "month",
    "pages",
    "parts",
    "path",
    "people",
    "receipts",
    "together",
    "uploads",
    "versions",
]
