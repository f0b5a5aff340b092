"""What this room adds to other rooms' pages: the way in, on « Mes achats »."""

from flask import render_template

from portal.vocabulary import Permission
from portal.web import current_actor, slots


def furnish() -> None:
    """Called once by the application."""
    slots.add("projects.toolbar", toolbar)


def toolbar() -> str:
    return render_template("programmes/toolbar.html") if current_actor().may(Permission.FORECAST_WRITE) else ""
