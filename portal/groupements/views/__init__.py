"""The pages of groupements."""

from portal.groupements.views import award, members, opening, papers, room, steps
from portal.groupements.views.blueprint import pages
from portal.groupements.views.furniture import furnish

__all__ = ["award", "furnish", "members", "opening", "pages", "papers", "room", "steps"]
