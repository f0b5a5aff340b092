"""Open data: its pages on `pages`, what programs read on `data`."""

from portal.opendata.views import guide
from portal.opendata.views.blueprint import data, pages

__all__ = ["data", "guide", "pages"]
