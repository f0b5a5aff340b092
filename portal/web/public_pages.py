"""The standing pages, the way in, and the health check."""

from flask import Blueprint, Response, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from portal.storage import reading
from portal.vocabulary import Permission
from portal.web.access import current_actor, public
from portal.web.pages import render

pages = Blueprint("pages", __name__)


@pages.get("/")
@public
def home() -> ResponseReturnValue:
    actor = current_actor()
    if not actor.is_signed_in:
        return redirect(url_for("demo.personas" if "demo.personas" in current_app.view_functions else "forecast.index"))
    return redirect(url_for("supervision.index" if actor.may(Permission.SUPERVISION) else "desks.home"))


@pages.get("/aide")
@public
def help_page() -> str:
    return render("pages/help.html")


@pages.get("/accessibilite")
@public
def accessibility() -> str:
    return render("pages/accessibility.html")


@pages.get("/donnees-personnelles")
@public
def privacy() -> str:
    return render("pages/privacy.html")


@pages.get("/mentions-legales")
@public
def legal() -> str:
    return render("pages/legal.html")


@pages.get("/sante")
@public
def health() -> Response:
    """For the reverse proxy: 200 when the database answers, else 503 as any page."""
    with reading() as session:
        session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")
