"""Two deposits of a month, side by side: for who deposited them and for who checks them."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.declarations import queries
from portal.declarations.views.blueprint import pages
from portal.declarations.views.month import read_page
from portal.declarations.views.versions_page import VersionsPage
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import render, requires


@pages.get("/declarations/<reference>/versions")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def versions(reference: str) -> ResponseReturnValue:
    """`?de=` and `?a=`: which two; the last two by default."""
    month = read_page(reference)
    if not month.names_matricules or not month.deposits:
        raise NotFound
    wanted = request.args.get("de", type=int), request.args.get("a", type=int)
    with reading() as session:
        employers = queries.employers_of(session, [line for each in month.deposits for line in each.lines])
    return render("declarations/versions.html", page=VersionsPage.of(month, employers, *wanted))
