"""The pages of the directory."""

from portal.directory.views import affiliations, capacities, edit, public
from portal.directory.views.blueprint import pages
from portal.directory.views.furniture import furnish

__all__ = ["affiliations", "capacities", "edit", "furnish", "pages", "public"]
