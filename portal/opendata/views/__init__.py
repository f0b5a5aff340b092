"""Open data: its pages on `pages`, what programs read on `data`."""

from portal.opendata.views import answers, api, downloads, guide, ocds
from portal.opendata.views.blueprint import data, pages

__all__ = ["answers", "api", "data", "downloads", "guide", "ocds", "pages"]
