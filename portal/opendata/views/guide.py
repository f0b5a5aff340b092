"""The page that tells re-users what there is to take, and how."""

from flask.typing import ResponseReturnValue

from portal.opendata.views.blueprint import pages
from portal.web import public, render


@pages.get("/api")
@public
def guide() -> ResponseReturnValue:
    return render("opendata/guide.html")
