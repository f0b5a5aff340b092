"""What anyone reads: the stories by trade, and one story with its figures."""

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.kernel import clock
from portal.storage import reading
from portal.stories import queries
from portal.stories.views.blueprint import pages
from portal.stories.views.story_page import StoryPage, rows_of
from portal.vocabulary import Trade
from portal.web import page_asked, public, render


@pages.get("/exemples")
@public
def index() -> ResponseReturnValue:
    trade = next((each for each in Trade if each.value == request.args.get("metier")), None)
    with reading() as session:
        found = queries.published(session, trade, page_asked())
        rows = rows_of(found.stories)

    def page_url(number: int) -> str:
        return url_for("stories.index", metier=trade.value if trade else None, page=number)

    return render("stories/index.html", found=found, rows=rows, trade=trade, page_url=page_url)


@pages.get("/exemples/<public_id>")
@public
def show(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        page = StoryPage.read(session, queries.public(session, public_id), clock.today())
        response = make_response(render("stories/show.html", page=page, story=page.story))
    response.headers["Cache-Control"] = "private, no-cache"
    return response
