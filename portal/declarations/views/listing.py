"""The list: what one has to file, or to check."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.declarations.views import list_page, part_list
from portal.declarations.views.blueprint import pages
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, render, requires

_SIDE = "a-verifier"
"""`?cote=`: an organisation that both files and checks (a PLIE with a workshop) reads one list at a time."""
_LATE = "en-retard"
"""`?etat=`: only what is late."""


@pages.get("/declarations")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def index() -> ResponseReturnValue:
    actor = current_actor()
    has_both = actor.may(Permission.DECLARATION_FILE) and actor.may(Permission.DECLARATION_CHECK)
    checks = request.args.get("cote") == _SIDE if has_both else actor.may(Permission.DECLARATION_CHECK)
    late = request.args.get("etat") == _LATE
    page = page_asked()
    with reading() as session:
        listing = list_page.read(session, actor, clock.today(), page, checks=checks, late=late)
        shows_parts = not checks and not late and listing.page == 1
        parts = part_list.first_waiting(session, actor, clock.today()) if shows_parts else None
    kept = {"cote": _SIDE if checks and has_both else None, "etat": _LATE if late else None}
    return render(
        "declarations/index.html", listing=listing, parts=parts, checks=checks, has_both=has_both, late=late, kept=kept
    )
