"""The pages of « Mon réseau »."""

from portal.desks.cockpit.views import lots, members, nudging, overview
from portal.desks.cockpit.views.blueprint import pages
from portal.desks.cockpit.views.furniture import furnish

__all__ = ["furnish", "lots", "members", "nudging", "overview", "pages"]
