"""The lots of one's own projects: adding, changing, taking out."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries, rules, services
from portal.forecast.forms import LotForm, NewLotForm, ReasonForm
from portal.forecast.models import Lot, Project
from portal.forecast.views.blueprint import pages
from portal.forecast.views.buyer import overview_of, refused, shown
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, requires


@pages.route("/achats/<reference>/lots/nouveau", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def add_lot(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = queries.own(session, current_actor(), reference)
        form = NewLotForm(obj=_model_for(project))
        form.offer_communes(queries.communes_around(session, project.buyer))
    if not form.validate_on_submit():
        return shown("lot", form, project=project, lot=None)
    try:
        with once(form) as act:
            lot = services.add_lot(
                act.session,
                queries.own(act.session, current_actor(), reference),
                form.facts(services.cpv_code_of(act.session, form.cpv_code.data)),
                reason=form.reason.data or None,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), f"Lot {lot.number} ajouté.")
    except RuleViolation as problem:
        return refused(problem, "lot", form, project=project, lot=None)
    return act.response


@pages.route("/achats/<reference>/lots/<int:number>/modifier", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def edit_lot(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        project, lot = _own_lot(session, reference, number)
        form = LotForm(obj=lot)
        form.offer_communes(queries.communes_around(session, project.buyer))
    if not form.validate_on_submit():
        return shown("lot", form, project=project, lot=lot, **_context(project, lot))
    try:
        with once(form) as act:
            services.revise_lot(
                act.session,
                _own_lot(act.session, reference, number)[1],
                form.facts(services.cpv_code_of(act.session, form.cpv_code.data)),
                expected_version=form.version.data or 0,
                reason=form.reason.data or None,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "Lot enregistré." if number else "Projet enregistré.")
    except RuleViolation as problem:
        return refused(problem, "lot", form, project=project, lot=lot, **_context(project, lot))
    return act.response


@pages.route("/achats/<reference>/lots/<int:number>/retirer", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def remove_lot(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        project, lot = _own_lot(session, reference, number)
    form = ReasonForm(obj=lot)
    if not form.validate_on_submit():
        return shown("remove_lot", form, project=project, lot=lot)
    try:
        with once(form) as act:
            services.remove_lot(
                act.session,
                _own_lot(act.session, reference, number)[1],
                expected_version=form.version.data or 0,
                reason=form.reason.data or None,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), f"Lot {number} retiré.")
    except RuleViolation as problem:
        return refused(problem, "remove_lot", form, project=project, lot=lot)
    return act.response


def _model_for(project: Project) -> Lot:
    """What a new lot starts from: the whole that it replaces, or the terms of the last lot without what is its own.

    What was decided for another lot is but envisaged for this one.
    """
    last = project.lots[-1]
    model = Lot(number=last.number + 1)
    model.tell(rules.softened(last.facts if last.is_whole else last.facts.terms))
    return model


def _context(project: Project, lot: Lot) -> dict[str, Any]:
    """What the page says of the lot as it is saved: a date gone by, what the code says."""
    is_overdue = lot.planned.ends_on < clock.today()
    return {"is_overdue": is_overdue, "points": rules.points_of(lot.facts, project.family)}


def _own_lot(session: Session, reference: str, number: int) -> tuple[Project, Lot]:
    project = queries.own(session, current_actor(), reference)
    return project, queries.lot_of(project, number)
