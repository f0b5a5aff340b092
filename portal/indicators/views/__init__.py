"""Results: what anyone reads of a frozen year, and what the buyer's people read besides."""

from portal.indicators.views import freezing, results
from portal.indicators.views.blueprint import pages

__all__ = ["freezing", "pages", "results"]
