"""How much of a lot structures could give: its page, its panel on the lot, a table on the buyer's overview."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.calibration import policies, queries
from portal.calibration.views import coverage_words as words
from portal.calibration.views.blueprint import pages
from portal.calibration.views.coverage_page import read_page
from portal.calibration.wording import lot_title_of
from portal.forecast import queries as forecast
from portal.forecast.models import Lot, Project
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState
from portal.web import current_actor, render, requires


@pages.get("/programmation/<reference>/lot-<int:number>/couverture")
@requires(Permission.COVERAGE_READ)
def coverage(reference: str, number: int) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        lot = forecast.lot_of(forecast.visible(session, actor, reference), number)
        if not is_to_come(lot):
            raise NotFound
        page = read_page(session, lot, actor, clock.today())
    return render("calibration/coverage.html", lot=lot, page=page, words=words, title=lot_title_of(lot))


def is_to_come(lot: Lot) -> bool:
    """Whether somebody may still answer it."""
    return lot.outcome is None and lot.project.state not in {ProjectState.AWARDED, ProjectState.DROPPED}


def lot_panel(lot: Lot) -> str:
    """On the lot's page, in a few lines, for those who read coverage."""
    if not policies.reads_coverage(current_actor()) or not is_to_come(lot):
        return ""
    with reading() as session:
        cover = queries.covers_of(session, [lot], clock.today())[lot.id]
    return render_template("calibration/coverage_panel.html", lot=lot, cover=cover, words=words)


def overview_table(project: Project) -> str:
    """On the buyer's page of a project: each lot still to come, side by side."""
    lots = [lot for lot in project.lots if is_to_come(lot)]
    if not lots or not policies.reads_coverage(current_actor()):
        return ""
    with reading() as session:
        covers = queries.covers_of(session, lots, clock.today())
    return render_template("calibration/coverage_overview.html", project=project, lots=lots, covers=covers, words=words)
