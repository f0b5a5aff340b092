"""The room's blueprint, and the addresses its pages share."""

from flask import Blueprint, url_for

from portal.forecast.listing.selection import Selection

pages = Blueprint("forecast", __name__)


def address_of(reference: str, lot_number: int | None = None) -> str:
    """The public page of a project, or of one of its lots; lot 0 is the project itself."""
    if not lot_number:
        return url_for("forecast.show", reference=reference)
    return url_for("forecast.lot", reference=reference, number=lot_number)


def list_address(selection: Selection) -> str:
    """The list as one selection shows it, without the empty fields that its form sends."""
    query = selection.address()
    return url_for("forecast.index") + (f"?{query}" if query else "")
