"""The home of each role: « Qu’est-ce qui m’attend ? »."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import sessions
from portal.desks import queries
from portal.desks.elsewhere import errands_elsewhere
from portal.desks.errands import in_order, summary
from portal.desks.gathering import errands_of
from portal.desks.standing import standings_of
from portal.desks.upstream import lots_for_you
from portal.kernel import clock
from portal.kernel.french import format_date_long, plural, typo
from portal.storage import reading
from portal.web import current_actor, render, signed_in

pages = Blueprint("desks", __name__)


@pages.get("/accueil")
@signed_in
def home() -> ResponseReturnValue:
    now = clock.utc_now()
    today = clock.paris_date(now)
    with reading() as session:
        waiting = errands_of(session, current_actor(), now)
        errands = in_order([*waiting, *errands_elsewhere(session, sessions.person().elsewhere, today)])
        standings = standings_of(session, current_actor(), today)
        moved = queries.what_moved(session)
        for_you = lots_for_you(session, current_actor(), today)
    return render(
        "desks/home.html",
        today=today,
        errands=errands,
        standings=standings,
        for_you=for_you,
        lead=summary(errands, today),
        count=plural(len(errands), "point") if errands else None,
        moved=[_told(each) for each in moved],
    )


def _told(moved: queries.Moved) -> dict[str, str | None]:
    """As `history` shows it: the change is the sentence, the project the link."""
    change = " → ".join(words for words in (moved.before, moved.after) if words)
    return {
        "date": format_date_long(clock.paris_date(moved.at)),
        "what": typo(moved.title),
        "url": url_for("forecast.show", reference=moved.reference),
        "change": typo(f"{moved.label} : {change}" if change else moved.label),
        "reason": typo(moved.reason) if moved.reason else None,
    }
