"""Projects, their lots and levers, the public history, and the narrow tables that the public list reads."""

from portal.forecast.models.awards import Award, Renewal
from portal.forecast.models.checks import BuyerSettings, LegalCheck
from portal.forecast.models.history import PublicationMark, Revision
from portal.forecast.models.listing import Listing, ListingPlace, ListingTally, lot_search
from portal.forecast.models.lots import Lot, LotCommune, LotLever
from portal.forecast.models.projects import Project, ReferenceSeries

__all__ = [
    "Award",
    "BuyerSettings",
    "LegalCheck",
    "Listing",
    "ListingPlace",
    "ListingTally",
    "Lot",
    "LotCommune",
    "LotLever",
    "Project",
    "PublicationMark",
    "ReferenceSeries",
    "Renewal",
    "Revision",
    "lot_search",
]
