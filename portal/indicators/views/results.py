"""The results of a year, and each figure down to what makes it."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.indicators.definitions import DEFINITIONS
from portal.indicators.views.blueprint import pages
from portal.indicators.views.detail import detail_of, link
from portal.indicators.views.figure_page import FigurePage, figure_named, gaps
from portal.indicators.views.opened import Undecided, open_year
from portal.indicators.views.year_page import YearPage
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.web import current_actor, public, render

_PAGES_END = 10_000


@pages.get("/resultats")
@public
def index() -> ResponseReturnValue:
    """The last closed year that this actor may read."""
    return _shown(None)


@pages.get("/resultats/<int:year>")
@public
def year(year: int) -> ResponseReturnValue:
    return _shown(year)


def _shown(year: int | None) -> ResponseReturnValue:
    with reading() as session:
        opened = open_year(session, current_actor(), request.args.get("acheteur"), year, clock.utc_now())
    if isinstance(opened, Undecided):
        return render("indicators/buyers.html", buyers=opened.buyers, year=year)
    changed = gaps(opened.year, opened.counted) if opened.edition and opened.counted else []
    return render(
        "indicators/year.html", opened=opened, page=YearPage(opened.year), gaps=changed, definitions=DEFINITIONS
    )


@pages.get("/resultats/<int:year>/<figure>")
@public
def figure(year: int, figure: str) -> ResponseReturnValue:
    asked, page = figure_named(figure), request.args.get("page", 1, type=int)
    if asked is None or not 0 < page < _PAGES_END:
        raise NotFound
    with reading() as session:
        opened = open_year(session, current_actor(), request.args.get("acheteur"), year, clock.utc_now())
        if isinstance(opened, Undecided):
            return render("indicators/buyers.html", buyers=opened.buyers, year=year)
        detail = detail_of(session, opened, asked, page) if opened.is_own else None
    told = FigurePage(asked, opened.year, page, link if opened.is_own else None)
    changed = gaps(opened.year, opened.counted) if opened.edition and opened.counted else []
    return render(
        "indicators/figure.html",
        opened=opened,
        page=told,
        detail=detail,
        page_url=lambda number: opened.url(figure=asked, page=number if number > 1 else None),
        gap=next((gap for gap in changed if gap.figure is asked), None),
    )
