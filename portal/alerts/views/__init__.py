"""The pages of alerts: what one follows, saved searches, preferences, and the links that stop."""

from portal.alerts.views import follows, home, preferences, searches, stopping  # noqa: F401 — each adds its routes
from portal.alerts.views.blueprint import pages
from portal.alerts.views.furniture import furnish
from portal.alerts.views.stopping import stop

__all__ = ["furnish", "pages", "stop"]
