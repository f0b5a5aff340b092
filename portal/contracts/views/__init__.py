"""The pages of contracts: one's own, one of them, and what its buyer says of it."""

from portal.contracts.views import amending, keeping, ordering, reading
from portal.contracts.views.blueprint import pages
from portal.contracts.views.furniture import furnish, organisation_aside

__all__ = ["amending", "furnish", "keeping", "ordering", "organisation_aside", "pages", "reading"]
