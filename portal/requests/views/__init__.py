"""The pages of purchase requests, for those who file them and those who answer, on one blueprint."""

from portal.requests.views import answering, coefficients, own, realistic, repeating
from portal.requests.views.blueprint import pages
from portal.requests.views.furniture import furnish

__all__ = ["answering", "coefficients", "furnish", "own", "pages", "realistic", "repeating"]
