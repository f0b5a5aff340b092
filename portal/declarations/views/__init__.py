"""The pages of the month, of who files it and of who checks it."""

from portal.declarations.views import checking, deposits, evidence, listing, month, people, receipts, versions
from portal.declarations.views.blueprint import pages
from portal.declarations.views.furniture import furnish

__all__ = ["checking", "deposits", "evidence", "furnish", "listing", "month", "pages", "people", "receipts", "versions"]
