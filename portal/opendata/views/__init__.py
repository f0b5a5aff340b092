"""Open data: its pages on `pages`, what programs read on `data`."""

from portal.opendata.views import answers, api, downloads, guide, ocds
from portal.opendata.views.blueprint import data, pages
from portal.opendata.views.furniture import furnish

__all__ = ["answers", "api", "data", "downloads", "furnish", "guide", "ocds", "pages"]
