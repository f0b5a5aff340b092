"""The pages of commitments: where each stands, pools, simulated penalties."""

from portal.commitments.views import penalties, pools
from portal.commitments.views.blueprint import pages
from portal.commitments.views.furniture import furnish

__all__ = ["furnish", "pages", "penalties", "pools"]
