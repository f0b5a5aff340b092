"""The list: what one has to file, or to check."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.declarations.views import list_page
from portal.declarations.views.blueprint import pages
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, render, requires

_SIDE = "a-verifier"
"""`?cote=`: an organisation that both files and checks (a PLIE with a workshop) reads one list at a time."""


@pages.get("/declarations")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def index() -> ResponseReturnValue:
    actor = current_actor()
    has_both = actor.may(Permission.DECLARATION_FILE) and actor.may(Permission.DECLARATION_CHECK)
    checks = request.args.get("cote") == _SIDE if has_both else actor.may(Permission.DECLARATION_CHECK)
    page = request.args.get("page", 1, type=int)
    with reading() as session:
        listing = list_page.read(session, actor, clock.today(), page, checks=checks)
    return render(
        "declarations/index.html", listing=listing, checks=checks, has_both=has_both, side=_SIDE if checks else None
    )
