"""Legal checks: what waits, the levers of one project, one lever at a time."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import policies, queries, rules, services
from portal.forecast.check_forms import CheckForm
from portal.forecast.models import Lot, Project
from portal.forecast.rules import LegalPoint
from portal.forecast.views import check_page, lot_page
from portal.forecast.views.blueprint import pages
from portal.forecast.views.buyer import refused, shown
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Lever, Permission, Reservation
from portal.web import current_actor, once, render, requires


@pages.get("/achats/a-controler")
@requires(Permission.FORECAST_CHECK)
def to_check() -> ResponseReturnValue:
    with reading() as session:
        found = queries.to_check(session, current_actor())
    return render("forecast/buyer/to_check.html", rows=[_row(each) for each in found])


@pages.get("/achats/<reference>/controle")
@requires(Permission.FORECAST_READ)
def checks(reference: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        project = queries.own(session, actor, reference)
        looked = queries.checks_of(session, [lot.id for lot in project.lots])
        lots = check_page.lots_of(project, looked, _carence(session, project))
        settings = queries.settings_of(session, project.buyer_id)
    may = policies.can_check(actor, project.buyer_id, settings)
    return render(
        "forecast/buyer/checks.html",
        project=project,
        lots=lots,
        status=lot_page.status(project),
        waiting=sum(line.is_waiting for lot in lots for line in lot.lines),
        can_check=may,
        can_look=may and project.state in rules.CHECKABLE_STATES,
    )


@pages.route("/achats/<reference>/lots/<int:number>/leviers/<code>", methods=["GET", "POST"])
@requires(Permission.FORECAST_CHECK)
def check_lever(reference: str, number: int, code: str) -> ResponseReturnValue:
    lever = _lever(code)
    project, context = _looked_at(reference, number, lever)
    form = CheckForm(obj=context["lot"], lever=lever)
    if not form.validate_on_submit():
        return shown("check", form, project=project, **context)
    try:
        with once(form) as act:
            _check(act.session, reference, number, lever, form)
            act.leads_to(url_for("forecast.checks", reference=reference), "Contrôle enregistré.")
    except RuleViolation as problem:
        return refused(problem, "check", form, project=project, **context)
    return act.response


def _check(session: Session, reference: str, number: int, lever: Lever, form: CheckForm) -> None:
    project = queries.own(session, current_actor(), reference)
    services.check_lever(
        session,
        queries.lot_of(project, number),
        lever,
        outcome=form.outcome.data,
        reservation=form.reserved_to,
        reason=form.reason.data or None,
        expected_version=form.version.data or 0,
        actor=current_actor(),
        now=clock.utc_now(),
    )


def _looked_at(reference: str, number: int, lever: Lever) -> tuple[Project, dict[str, Any]]:
    """The project, and what the page of one lever shows. Refused for who may not check."""
    with reading() as session:
        project = queries.own(session, current_actor(), reference)
        lot = queries.lot_of(project, number)
        policies.ensure_can_check(current_actor(), project.buyer_id, queries.settings_of(session, project.buyer_id))
        looked = queries.checks_of(session, [lot.id]).get(lot.id, [])
        carence = _carence_of(session, project, lot) if lever is Lever.RESERVED else None
    choices = check_page.points_by_choice(lot, project, lever)
    if carence:
        choices = [(title, [*points, carence] if title == _ESS else points) for title, points in choices]
    return project, {
        "lot": lot,
        "lever": lever,
        "name": check_page.name_of(project, lot),
        "points": rules.points_of(lot.facts.without(lever), project.family),
        "choices": choices,
        "past": check_page.past_of(looked, lever),
    }


_ESS = Reservation.ESS.label


def _carence(session: Session, project: Project) -> dict[int, LegalPoint | None]:
    """The warning of L2113-16 for the lots that are, or may be, reserved to the social economy."""
    return {lot.id: _carence_of(session, project, lot) for lot in project.lots if _is_for_social_economy(lot)}


def _carence_of(session: Session, project: Project, lot: Lot) -> LegalPoint | None:
    holders = queries.social_economy_holders(session, project.buyer_id, lot.trade, lot.cpv_code, lot.planned.starts_on)
    return rules.waiting_point(holders)


def _is_for_social_economy(lot: Lot) -> bool:
    choice = lot.facts.choice(Lever.RESERVED)
    return choice is not None and choice.is_live and choice.reservation is Reservation.ESS


def _lever(code: str) -> Lever:
    try:
        return Lever(code)
    except ValueError:
        raise NotFound from None


def _row(each: queries.ToCheck) -> dict[str, Any]:
    project = each.project
    return {
        "title": project.title,
        "number": project.shown_number,
        "url": url_for("forecast.checks", reference=project.reference),
        "status": lot_page.status(project),
        "levers": each.levers,
        "when": min((lot.planned for lot in project.lots), key=lambda when: when.starts_on, default=None),
        "is_asked": not project.is_public,
    }
