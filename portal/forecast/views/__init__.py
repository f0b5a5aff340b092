"""The pages of the forecast, public and of its buyers, on one blueprint."""

from portal.forecast.views import awards, buyer, checks, lots, public, slips, steps
from portal.forecast.views.blueprint import pages
from portal.forecast.views.furniture import furnish

__all__ = ["awards", "buyer", "checks", "furnish", "lots", "pages", "public", "slips", "steps"]
