"""What this room adds to an earlier room's page."""

from portal.forecast.views.renewal import contract_aside
from portal.web import slots


def furnish() -> None:
    """Called once by the application."""
    slots.add("contract.aside", contract_aside)
