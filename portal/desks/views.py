"""The home of each role: « Qu’est-ce qui m’attend ? »."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.desks.errands import summary
from portal.desks.gathering import errands_of
from portal.desks.standing import standings_of
from portal.kernel import clock
from portal.kernel.french import plural
from portal.storage import reading
from portal.web import current_actor, render, signed_in
from portal.web.navigation import navigation

pages = Blueprint("desks", __name__)


@pages.get("/accueil")
@signed_in
def home() -> ResponseReturnValue:
    now = clock.utc_now()
    today = clock.paris_date(now)
    with reading() as session:
        errands = errands_of(session, current_actor(), now)
        standings = standings_of(session, current_actor(), today)
    return render(
        "desks/home.html",
        today=today,
        errands=errands,
        standings=standings,
        lead=summary(errands, today),
        count=plural(len(errands), "point") if errands else None,
        links=[link for link in navigation.links() if not link.current],
    )
