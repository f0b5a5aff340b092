"""The pages of the forecast, public and of its buyers, on one blueprint."""

from portal.forecast.views import buyer, lots, public
from portal.forecast.views.blueprint import pages

__all__ = ["buyer", "lots", "pages", "public"]
