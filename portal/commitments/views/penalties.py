"""Simulated penalties: the formula with its figures, what it leaves out, and what people decided."""

from datetime import date
from decimal import Decimal, InvalidOperation
from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.commitments import policies, queries, rules, services, wording
from portal.commitments.facts import Decided
from portal.commitments.forms import DayForm, DecisionForm, TermsForm
from portal.commitments.views.blueprint import pages
from portal.contracts.models import Contract
from portal.kernel import clock
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires


@pages.route("/marches/<reference>/penalites", methods=["GET", "POST"])
@requires(Permission.CONTRACT_READ)
def penalties(reference: str) -> ResponseReturnValue:
    with reading() as session:
        contract = queries.penalised(session, current_actor(), reference)
    form = DecisionForm(obj=contract)
    if not form.is_submitted():
        return _simulated(contract, form)
    if not policies.can_decide(current_actor(), contract):
        raise Refused
    if not form.validate_on_submit():
        return _simulated(contract, form)
    try:
        with once(form) as act:
            services.decide(
                act.session,
                _decidable(act.session, reference),
                _decided(form),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("commitments.penalties", reference=reference), "Décision enregistrée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _simulated(contract, form)
    return act.response


@pages.route("/marches/<reference>/penalites/regles", methods=["GET", "POST"])
@requires(Permission.PENALTY_DECIDE)
def penalty_terms(reference: str) -> ResponseReturnValue:
    with reading() as session:
        contract = _decidable(session, reference)
        form = TermsForm(obj=contract, terms=queries.terms_of(session, contract))
    if form.validate_on_submit():
        try:
            with once(form) as act:
                services.set_terms(
                    act.session,
                    _decidable(act.session, reference),
                    form.facts,
                    expected_version=form.version.data or 0,
                    actor=current_actor(),
                    now=clock.utc_now(),
                )
                act.leads_to(url_for("commitments.penalties", reference=reference), "Clause de pénalités enregistrée.")
            return act.response
        except RuleViolation as problem:
            form.add_problem(problem)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render("commitments/penalty_terms.html", form=form, contract=contract), status


def _decidable(session: Session, reference: str) -> Contract:
    contract = queries.penalised(session, current_actor(), reference)
    if not policies.can_decide(current_actor(), contract):
        raise NotFound
    return contract


def _decided(form: DecisionForm) -> Decided:
    """Raises RuleViolation when what the page hid was changed."""
    try:
        day, shown = date.fromisoformat(form.day.data or ""), Decimal(form.shown.data or "")
    except (ValueError, InvalidOperation):
        raise RuleViolation(
            "Cette page est incomplète : rechargez-la et recommencez.".replace(" :", "\u202f:")
        ) from None
    return Decided(form.outcome.data, form.reason.data or "", min(day, clock.today()), shown, form.decided_amount.data)


def _simulated(contract: Contract, form: DecisionForm) -> ResponseReturnValue:
    asked = (
        DayForm(request.args, meta={"csrf": False}) if "jour" in request.args else DayForm(None, meta={"csrf": False})
    )
    day = _day(form, asked)
    with reading() as session:
        decisions = queries.decisions_of(session, contract)
        terms = queries.terms_of(session, contract)
        executed = queries.executed(session, contract, day, decisions)
    simulated = rules.simulate(executed, terms)
    form.day.data, form.shown.data = day.isoformat(), str(simulated.total)
    asked.jour.data = asked.jour.data or day
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(
        "commitments/penalties.html",
        contract=contract,
        form=form,
        asked=asked,
        day=day,
        terms=terms,
        simulated=simulated,
        formula=wording.formula(executed, simulated, terms),
        left_out=wording.left_out(executed, simulated),
        decisions=decisions,
        decides=policies.can_decide(current_actor(), contract),
    ), status


def _day(form: DecisionForm, asked: DayForm) -> date:
    """That of the form being answered, else the one asked for; today at the latest."""
    today = clock.today()
    if form.is_submitted() and form.day.data:
        try:
            return min(date.fromisoformat(form.day.data), today)
        except ValueError:
            return today
    return min(asked.jour.data or today, today)
