"""The end of a lot's consultation: to whom it is awarded, or why to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts.facts import HeldBy
from portal.contracts.models import Contract
from portal.contracts.queries import organisations_called
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.forecast import queries, rules, services
from portal.forecast.award_forms import AwardForm
from portal.forecast.forms import ReasonForm
from portal.forecast.models import Lot, Project
from portal.forecast.views.blueprint import pages
from portal.forecast.views.buyer import overview_of
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Unreadable
from portal.kernel.siret import Siret, parse_siret
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, once, render, requires

_LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Choice:
    """Who is about to hold the contract: an organisation of the directory, or a SIRET that it does not know."""

    siret: Siret | None
    organisation: Organisation | None
    problem: str | None = None


@pages.route("/achats/<reference>/lots/<int:number>/attribuer", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def award(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        project, lot = _lot(session, reference, number)
        form = AwardForm(obj=lot)
        choice = _choice(session, form.siret.data or request.args.get("siret", ""))
        found = organisations_called(session, _words(), clock.today())
    context: dict[str, Any] = {"project": project, "lot": lot, "choice": choice, "found": found, "words": _words()}
    context |= {"new": _new(_words(), found), "is_early": _is_early(project)}
    if choice.siret is None or not form.validate_on_submit():
        return _shown("award", form, **context)
    form.siret.data = choice.siret
    try:
        with once(form) as act:
            contract = _award(act.session, reference, number, choice.siret, form)
            act.leads_to(url_for("contracts.show", reference=contract.reference), "Lot attribué : voici son marché.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("award", form, **context)
    return act.response


def _award(session: Session, reference: str, number: int, siret: Siret, form: AwardForm) -> Contract:
    actor, now = current_actor(), clock.utc_now()
    project, lot = _lot(session, reference, number)
    holder = services.titulaire_called(session, siret, form.name.data or None, actor=actor, now=now)
    facts = form.facts(HeldBy(organisation_id=holder.id))
    version = form.version.data or 0
    return services.award_lot(session, project, lot, facts, expected_version=version, actor=actor, now=now)


@pages.route("/achats/<reference>/lots/<int:number>/sans-suite", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def close_lot(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        project, lot = _lot(session, reference, number)
    form = ReasonForm(obj=lot)
    if not form.validate_on_submit():
        return _shown("close_lot", form, project=project, lot=lot)
    try:
        with once(form) as act:
            services.close_lot(
                act.session,
                *_lot(act.session, reference, number),
                reason=form.reason.data or None,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "La consultation est close, sans suite.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("close_lot", form, project=project, lot=lot)
    return act.response


def _lot(session: Session, reference: str, number: int) -> tuple[Project, Lot]:
    project = queries.own(session, current_actor(), reference)
    return project, queries.lot_of(project, number)


def _is_early(project: Project) -> bool:
    """Whether offers may still be handed in."""
    return project.offers_due_on is not None and clock.today() <= project.offers_due_on


def _words() -> str:
    return " ".join(request.args.get("q", "").split())[:_LONGEST_SEARCH]


def _choice(session: Session, typed: str) -> Choice:
    """The organisation that a SIRET names, as chosen on the page or posted with the form."""
    if not typed.strip():
        return Choice(None, None)
    try:
        siret = parse_siret(typed)
    except Unreadable as error:
        return Choice(None, None, error.sentence)
    return Choice(siret, by_siret(session, siret))


def _new(words: str, found: Sequence[Organisation]) -> Siret | None:
    """A SIRET typed in the search that the directory does not know."""
    if found:
        return None
    try:
        return parse_siret(words)
    except Unreadable:
        return None


def _shown(template: str, form: SafeForm, *, project: Project, lot: Lot, **context: Any) -> ResponseReturnValue:
    """The page of the form, 422 when what was posted has to be corrected; the overview when it is too late for it."""
    try:
        rules.ensure_awardable(project.state, lot.outcome)
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(overview_of(project))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"forecast/buyer/{template}.html", form=form, project=project, lot=lot, **context), status
