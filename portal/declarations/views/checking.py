"""The facilitateur's answer: accepted, sent back with what is wrong, or reopened with a reason."""

from decimal import Decimal

from flask.typing import ResponseReturnValue

from portal.declarations import policies, queries, services
from portal.declarations.forms.checking import CheckForm, ReopenForm, check_form
from portal.declarations.models import Deposit
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.check_page import CheckPage
from portal.declarations.views.month import read_page
from portal.declarations.views.month_page import MonthPage
from portal.declarations.views.posting import answered, is_over, too_late
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.storage import reading
from portal.vocabulary import DeclarationState, Permission
from portal.web import current_actor, once, requires

_NOTHING_TO_CHECK = "Il n’y a rien à vérifier : ce mois n’est pas déposé, ou la réponse est déjà donnée."


@pages.route("/declarations/<reference>/verifier", methods=["GET", "POST"])
@requires(Permission.DECLARATION_CHECK)
def check(reference: str) -> ResponseReturnValue:
    month = _to_check(reference)
    if is_over(month.declaration.state is DeclarationState.DEPOSITED):
        return too_late(address_of(month.declaration), _NOTHING_TO_CHECK)
    with reading() as session:
        page = CheckPage.read(session, month)
    form = check_form(page.proposed, page.matricules, page.undecided)(version=month.declaration.version)
    if not form.validate_on_submit():
        return answered(form, "declarations/check.html", page=page)
    try:
        return _send_back(page, form) if form.sends_back else _accept(page, form)
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/check.html", page=page)


@pages.route("/declarations/<reference>/rouvrir", methods=["GET", "POST"])
@requires(Permission.DECLARATION_CHECK)
def reopen(reference: str) -> ResponseReturnValue:
    month = _to_check(reference)
    if is_over(month.declaration.state is DeclarationState.ACCEPTED):
        return too_late(address_of(month.declaration), "Seul un mois accepté se rouvre.")
    form = ReopenForm(version=month.declaration.version)
    if not form.validate_on_submit():
        return answered(form, "declarations/reopen.html", page=month)
    try:
        with once(form) as act:
            services.reopen(
                act.session,
                queries.visible(act.session, current_actor(), reference),
                form.reason.data or "",
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(month.declaration), "Rouverte : ses heures ne comptent plus dans les résultats.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/reopen.html", page=month)
    return act.response


def _accept(page: CheckPage, form: CheckForm) -> ResponseReturnValue:
    """All the lines in one post."""
    with once(form) as act:
        deposit = services.accept(
            act.session,
            queries.visible(act.session, current_actor(), page.month.declaration.reference),
            form.decisions,
            answer=form.answer.data or None,
            expected_version=form.version.data or 0,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        act.leads_to(address_of(page.month.declaration), _accepted(deposit))
    return act.response


def _send_back(page: CheckPage, form: CheckForm) -> ResponseReturnValue:
    """What is wrong, of the whole or line by line; the eligibilities decided meanwhile are kept."""
    with once(form) as act:
        services.send_back(
            act.session,
            queries.visible(act.session, current_actor(), page.month.declaration.reference),
            form.answer.data or "",
            remarks=form.remarks,
            decisions=form.decisions,
            expected_version=form.version.data or 0,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        act.leads_to(address_of(page.month.declaration), "Renvoyée : le déclarant reçoit ce que vous avez écrit.")
    return act.response


def _accepted(deposit: Deposit) -> str:
    people, retained = plural(deposit.people, "personne"), format_hours(deposit.retained_hours or Decimal(0))
    return typo(f"Déclaration acceptée : {people}, {retained} retenues sur {format_hours(deposit.hours)}.")


def _to_check(reference: str) -> MonthPage:
    """A month that one checks. Raises NotFound, or Refused to who only reads it."""
    page = read_page(reference)
    policies.ensure_can_check(current_actor(), page.declaration)
    return page
