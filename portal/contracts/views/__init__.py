"""The pages of contracts: one's own, one of them, and what its buyer says of it."""

from portal.contracts.views import keeping, reading
from portal.contracts.views.blueprint import pages
from portal.contracts.views.furniture import furnish

__all__ = ["furnish", "keeping", "pages", "reading"]
