"""The pages of the directory."""

from portal.directory.views import affiliations, edit, public
from portal.directory.views.blueprint import pages

__all__ = ["affiliations", "edit", "pages", "public"]
