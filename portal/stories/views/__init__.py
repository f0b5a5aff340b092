"""The room's pages."""

from portal.stories.views import answering, own, public
from portal.stories.views.blueprint import pages
from portal.stories.views.furniture import furnish

__all__ = ["answering", "furnish", "own", "pages", "public"]
