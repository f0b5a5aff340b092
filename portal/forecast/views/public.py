"""What anyone reads, without an account: the lots to come, one project, one lot."""

from collections.abc import Sequence
from typing import Any

from flask import make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries
from portal.forecast.listing.rows import ListedLot, rows_of
from portal.forecast.listing.search import PAGE, find
from portal.forecast.listing.selection import Cursor, Order, Selection, read_selection, unread
from portal.forecast.models import Lot, Project
from portal.forecast.views import freshness, lot_page, memory
from portal.forecast.views.annotations import for_reader
from portal.forecast.views.blueprint import address_of, list_address, pages
from portal.forecast.views.list_page import ListPage
from portal.forecast.views.outcomes import outcome_of, outcomes_of
from portal.forecast.views.timeline import first_quarter_on
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.web import current_actor, public, render


@pages.get("/programmation")
@public
def index() -> ResponseReturnValue:
    pairs = list(request.args.items(multi=True))
    if any(not value for _, value in pairs):
        return redirect(list_address(read_selection(pairs)))
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark)) is not None:
            return same
        selection, first_quarter = read_selection(pairs), first_quarter_on(clock.today())
        found = find(session, selection, first_quarter)
        lots = rows_of(session, found.lot_ids, selection.order, address_of)
        mine = for_reader(session, current_actor(), lots)
    memory.note(selection)
    page = ListPage(selection, found, _on_page(mine.lots, selection), first_quarter, mine.trades)
    changed_on = clock.paris_date(mark.changed_at) if mark.changed_at else None
    told = {"changed_on": changed_on, "unread": unread(pairs), "remembered": memory.for_page(selection)}
    return freshness.shared(render("forecast/index.html", page=page, **told), mark)


def _on_page(lots: Sequence[ListedLot], selection: Selection) -> Sequence[ListedLot]:
    backwards = selection.cursor is not None and selection.cursor.backwards
    return lots[-PAGE:] if backwards else lots[:PAGE]


@pages.get("/programmation/filtres")
@public
def remember() -> ResponseReturnValue:
    """Keep filters for the next visit, in the visitor's own cookie, or forget them when there are none."""
    selection = read_selection(request.args.items(multi=True)).starting(None)
    memory.keep(selection)
    return redirect(list_address(selection))


@pages.get("/programmation/attribues")
@public
def past() -> ResponseReturnValue:
    after = Cursor.read(request.args.get("apres", ""), Order.DATE, backwards=False)
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark)) is not None:
            return same
        ended = queries.ended_lots(session, after)
    return freshness.shared(render("forecast/past.html", ended=ended, after=after, address_of=address_of), mark)


@pages.get("/programmation/<reference>")
@public
def show(reference: str) -> ResponseReturnValue:
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark)) is not None:
            return same
        project = queries.visible(session, current_actor(), reference)
        return _shown(session, project, project.only_lot, mark)


@pages.get("/programmation/<reference>/lot-<int:number>")
@public
def lot(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark)) is not None:
            return same
        project = queries.visible(session, current_actor(), reference)
        wanted = project.lot_numbered(number)
        if wanted is None and number not in {known.number for known in project.all_lots}:
            raise NotFound
        if wanted is None or project.only_lot is wanted:
            return redirect(address_of(reference))
        return _shown(session, project, wanted, mark)


def _shown(session: Session, project: Project, lot: Lot | None, mark: queries.Mark) -> ResponseReturnValue:
    """The page of one lot, or that of a project of several."""
    names = queries.names_for(session, project.lots)
    revisions = queries.history(session, project)
    if lot is not None and project.only_lot is not lot:
        revisions = [told for told in revisions if told.lot_id in {None, lot.id}]
    actor = current_actor()
    context: dict[str, Any] = {
        "project": project,
        "status": lot_page.status(project, lot),
        "steps": lot_page.steps(project, [lot] if lot else project.lots),
        "history": lot_page.history_of(revisions, project, lot),
    }
    context |= {"outcomes": outcomes_of(project, actor), "outcome": outcome_of(project, lot, actor) if lot else None}
    if lot is None:
        return _kept(project, mark, render("forecast/show.html", lots=lot_page.lots_of(project, names), **context))
    page = lot_page.LotPage(project, lot, names)
    others = lot_page.other_lots(project, lot)
    return _kept(project, mark, render("forecast/lot.html", page=page, others=others, **context))


def _kept(project: Project, mark: queries.Mark, body: str) -> ResponseReturnValue:
    """A draft is shown to its buyer's people alone, whatever the browser."""
    if project.is_public:
        return freshness.shared(body, mark)
    response = make_response(body)
    response.headers["Cache-Control"] = "private, no-store"
    return response
