"""What the sizing of lots adds to other rooms' pages: a lot, a project, the buyer's overview."""

from flask import render_template

from portal.calibration import policies, rules
from portal.calibration.queries import variants as queries
from portal.calibration.queries.variants import LotState
from portal.calibration.services.base import is_live
from portal.calibration.wording import lot_title_of
from portal.forecast.models import Lot, Project
from portal.kernel.french import plural
from portal.storage import reading
from portal.web import current_actor, slots


def furnish_variants() -> None:
    """Called once by the application."""
    slots.add("lot.main", lot_main)
    slots.add("project.main", project_main)
    slots.add("overview.main", overview_main)


def lot_main(lot: Lot) -> str:
    """Opinions asked, and what is kept; nothing of a draft, nor of a lot that nobody sizes."""
    if not lot.project.is_public:
        return ""
    asks = rules.asks_opinions(lot.project.state, is_live=is_live(lot))
    with reading() as session:
        count = queries.states_of(session, [lot.id]).get(lot.id, LotState()).shared if asks else 0
        choice = queries.choice_of(session, lot.id)
    if not count and choice is None:
        return ""
    may_tell = policies.may_tell(current_actor(), lot.project)
    return render_template("calibration/lot_main.html", lot=lot, count=count, choice=choice, may_tell=may_tell)


def project_main(project: Project) -> str:
    """What was kept of its lots and why, those that were replaced since included."""
    if not project.is_public:
        return ""
    lots = {lot.id: lot for lot in project.all_lots}
    with reading() as session:
        choices = queries.choices_of(session, project)
    shown = [each for each in choices if project.only_lot is not lots[each.lot_id]]
    if not shown:
        return ""
    named = [(lot_title_of(lots[each.lot_id]), each) for each in shown]
    numbers = {lot.id: lot.number for lot in lots.values()}
    return render_template("calibration/project_main.html", project=project, choices=named, numbers=numbers)


def overview_main(project: Project) -> str:
    """How far each lot is, for the buyer's people, as long as lots are cut."""
    lots = [lot for lot in project.lots if rules.can_be_cut(project.state, is_live=is_live(lot))]
    if not lots:
        return ""
    with reading() as session:
        states = queries.states_of(session, [lot.id for lot in lots])
        kept = {each.lot_id for each in queries.choices_of(session, project)}
    told = [(_named(lot), _state(states.get(lot.id), lot.id in kept), lot.number) for lot in lots]
    return render_template("calibration/overview_main.html", project=project, lots=told)


def _named(lot: Lot) -> str:
    return "L’ensemble" if lot.is_whole else lot.shown_name


def _state(state: LotState | None, kept: bool) -> str:
    if state is None:
        return "découpage retenu" if kept else "aucune variante enregistrée"
    told = [plural(state.saved, "variante")]
    if state.shared:
        told.append(plural(state.opinions, "avis", "avis"))
    return ", ".join([*told, "découpage retenu"] if kept else told)
