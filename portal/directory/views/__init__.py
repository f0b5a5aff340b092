"""The pages of the directory."""

from portal.directory.views import affiliations, edit, public
from portal.directory.views.blueprint import pages
from portal.directory.views.furniture import furnish

__all__ = ["affiliations", "edit", "furnish", "pages", "public"]
