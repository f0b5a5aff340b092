"""The pages of this room, and what it adds to those of others."""

from portal.calibration import models as models
from portal.calibration.views import coverage, variants, variants_acts, variants_public
from portal.calibration.views.blueprint import pages
from portal.calibration.views.furniture import furnish

__all__ = ["coverage", "furnish", "pages", "variants", "variants_acts", "variants_public"]
