"""What this room adds to the public pages: « Suivre ce projet », « Enregistrer cette recherche »."""

from flask import render_template, url_for

from portal.alerts import policies, queries
from portal.forecast.listing.selection import Selection
from portal.forecast.models import Lot, Project
from portal.storage import reading
from portal.vocabulary import ProjectState
from portal.web import SafeForm, current_actor, slots
from portal.web.access import SIGNED_IN
from portal.web.navigation import Entry, navigation

_BELOW = ("alerts.preferences", "alerts.save", "alerts.edit_search", "alerts.follow")
_OVER = {ProjectState.AWARDED, ProjectState.DROPPED}


def furnish() -> None:
    """Called once by the application."""
    slots.add("project.aside", project_aside)
    slots.add("lot.aside", lot_aside)
    slots.add("forecast.toolbar", toolbar)
    navigation.add(Entry("Alertes", "alerts.index", SIGNED_IN, below=_BELOW))


def project_aside(project: Project) -> str:
    """One button, or since when one follows; for a visitor the way to sign in and come back."""
    actor = current_actor()
    if not project.is_public or (actor.is_signed_in and not policies.can_follow(actor)):
        return ""
    followed = None
    if actor.is_signed_in:
        with reading() as session:
            followed = queries.follow_of(session, actor, project.id)
    if followed is None and project.state in _OVER:
        return ""
    form = SafeForm(formdata=None) if actor.is_signed_in else None
    return render_template("alerts/project_aside.html", project=project, followed=followed, form=form)


def lot_aside(lot: Lot) -> str:
    """On the page of a lot among others; that of a project's only lot has the project's."""
    return "" if lot.project.only_lot is lot else project_aside(lot.project)


def toolbar(selection: Selection) -> str:
    address = selection.starting(None).address()
    return render_template("alerts/toolbar.html", url=url_for("alerts.save") + (f"?{address}" if address else ""))
