"""What this room adds to other rooms' pages."""

from portal.calibration.views.coverage import lot_panel, overview_table
from portal.calibration.views.variants_furniture import furnish_variants
from portal.web import slots


def furnish() -> None:
    """Called once by the application."""
    slots.add("lot.main", lot_panel)
    slots.add("overview.main", overview_table)
    furnish_variants()
