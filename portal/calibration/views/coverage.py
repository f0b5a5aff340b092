"""How much of a lot structures could give: its page, its panel on the lot, a table on the buyer's overview."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.calibration import policies, queries
from portal.calibration.views import coverage_words as words
from portal.calibration.views.blueprint import pages
from portal.calibration.views.coverage_page import read_page
from portal.forecast import queries as forecast
from portal.forecast.models import Lot, Project
from portal.forecast.policies import can_read_drafts
from portal.forecast.views.lot_page import LotPage
from portal.groupements.queries import on_lot
from portal.groupements.rules import FORMABLE_STATES
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
        project = forecast.visible(session, actor, reference)
        lot = forecast.lot_of(project, number)
        if not is_to_come(lot):
            raise NotFound
        page = read_page(session, lot, actor, clock.today())
        opens = _opens_groupement(lot)
        mine = on_lot(session, lot.id, actor).mine[:1] if opens else []
    context = {"lot": lot, "title": LotPage(project, lot, {}).title, "opens": opens, "mine": mine}
    context["sizes"] = can_read_drafts(actor, project.buyer_id)
    return render("calibration/coverage.html", page=page, words=words, **context)


def _opens_groupement(lot: Lot) -> bool:
    actor = current_actor()
    may = actor.may(Permission.GROUPEMENT_JOIN) and actor.organisation_id != lot.project.buyer_id
    return may and lot.project.state in FORMABLE_STATES


def is_to_come(lot: Lot) -> bool:
    """Whether somebody may still answer it."""
    return lot.outcome is None and lot.project.state not in {ProjectState.AWARDED, ProjectState.DROPPED}


def lot_panel(lot: Lot) -> str:
    """On the lot's page, in a few lines, for those who read coverage."""
    actor = current_actor()
    if not policies.reads_coverage(actor) or not is_to_come(lot):
        return ""
    with reading() as session:
        cover = queries.covers_of(session, [lot], clock.today(), network_id=policies.network_of(actor))[lot.id]
    return render_template("calibration/coverage_panel.html", lot=lot, cover=cover, words=words)


def overview_table(project: Project) -> str:
    """On the buyer's page of a project: each lot still to come, side by side."""
    lots = [lot for lot in project.lots if is_to_come(lot)]
    if not lots or not policies.reads_coverage(current_actor()):
        return ""
    with reading() as session:
        covers = queries.covers_of(session, lots, clock.today())
    return render_template("calibration/coverage_overview.html", project=project, lots=lots, covers=covers, words=words)
