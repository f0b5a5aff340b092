"""What this room adds to the public list: what to take away, what to subscribe to."""

from flask import render_template, url_for

from portal.forecast.listing.selection import Selection
from portal.web.slots import slots

_FILES = (("csv", "CSV", None), ("xlsx", "XLSX", None), ("ics", "Calendrier", "calendar"), ("atom", "Atom", "feed"))
_MEDIA = {"atom": "application/atom+xml", "ics": "text/calendar", "csv": "text/csv"}


def furnish() -> None:
    """Called once by the application."""
    slots.add("forecast.exports", exports)
    slots.add("forecast.head", alternates)


def exports(selection: Selection) -> str:
    links = [{"url": _address(kind, selection), "label": label, "icon": icon} for kind, label, icon in _FILES]
    return render_template("opendata/exports.html", links=links)


def alternates(selection: Selection) -> str:
    links = [(media, _address(kind, selection)) for kind, media in _MEDIA.items()]
    return render_template("opendata/alternates.html", links=links)


def _address(kind: str, selection: Selection) -> str:
    query = selection.starting(None).address()
    return url_for(f"opendata.{kind}") + (f"?{query}" if query else "")
