"""« Réclamer cette fiche », « Demander à rejoindre », and the answers of those who decide on claims."""

from http import HTTPStatus

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import queries, rules, sessions
from portal.accounts.forms import AnswerForm, ButtonForm, ClaimForm, JoinForm, described
from portal.accounts.models import Claim, JoinRequest
from portal.accounts.services import requests as services
from portal.accounts.views import limits
from portal.accounts.views.blueprint import already_answered, pages, refused, shown
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission, Role
from portal.web import current_actor, once, render, requires, signed_in


def _organisation(siret: str) -> tuple[Organisation, bool, frozenset[Role]]:
    """The organisation, whether someone manages it, and the roles it may give. Raises NotFound."""
    with reading() as unit:
        found = directory.by_siret(unit, siret)
        if found is None:
            raise NotFound
        managed = queries.has_manager(unit, found.id, clock.utc_now())
        return found, managed, rules.roles_given_by(found.kinds_on(clock.today()))


@pages.route("/annuaire/<siret>/reclamer", methods=["GET", "POST"])
@signed_in
def claim(siret: str) -> ResponseReturnValue:
    organisation, managed, _ = _organisation(siret)
    if asked := _pending(organisation):
        return _waiting(asked)
    if managed:
        return redirect(url_for("accounts.join", siret=siret))
    form = ClaimForm()
    if not form.validate_on_submit():
        return shown("claim", form, organisation=organisation)
    limits.of_request(sessions.person().account_id)
    try:
        with once(form) as act:
            account = queries.account(act.session, sessions.person().account_id)
            services.claim(
                act.session, organisation.id, account, form.why.data, actor=current_actor(), now=clock.utc_now()
            )
            act.leads_to(url_for("accounts.account"), "Votre demande est partie : la réponse viendra par courriel.")
    except RuleViolation as problem:
        return refused(problem, "claim", form, organisation=organisation)
    return act.response


@pages.route("/annuaire/<siret>/rejoindre", methods=["GET", "POST"])
@signed_in
def join(siret: str) -> ResponseReturnValue:
    organisation, managed, given = _organisation(siret)
    if asked := _pending(organisation):
        return _waiting(asked)
    if not managed:
        return redirect(url_for("accounts.claim", siret=siret))
    form = JoinForm()
    form.roles.choices = described(given - {Role.MANAGER})
    if not form.validate_on_submit():
        return shown("join", form, organisation=organisation)
    limits.of_request(sessions.person().account_id)
    try:
        with once(form) as act:
            account = queries.account(act.session, sessions.person().account_id)
            services.ask_to_join(
                act.session,
                organisation.id,
                account,
                form.roles.chosen,
                form.message.data,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("accounts.account"), "Votre demande est partie : la réponse viendra par courriel.")
    except RuleViolation as problem:
        return refused(problem, "join", form, organisation=organisation)
    return act.response


def _pending(organisation: Organisation) -> JoinRequest | Claim | None:
    """What the person has already asked of it."""
    with reading() as unit:
        return queries.pending_request(unit, sessions.person().account_id, organisation.id)


def _waiting(asked: JoinRequest | Claim) -> ResponseReturnValue:
    page = render("accounts/request_waiting.html", asked=asked, form=ButtonForm(formdata=None))
    return page, HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK


@pages.post("/annuaire/<siret>/demande/retirer")
@signed_in
def withdraw_request(siret: str) -> ResponseReturnValue:
    organisation, _, _ = _organisation(siret)
    with once(ButtonForm()) as act:
        asked = queries.pending_request(act.session, sessions.person().account_id, organisation.id)
        if asked is None:
            raise services.AlreadyAnswered
        services.withdraw(act.session, asked, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("directory.show", siret=siret), "Votre demande est retirée.")
    return act.response


@pages.get("/reclamations")
@requires(Permission.CLAIM_DECIDE)
def claims() -> ResponseReturnValue:
    with reading() as unit:
        asked = queries.pending_claims(unit, current_actor(), clock.today())
    return render("accounts/claims.html", asked=asked)


@pages.route("/reclamations/<public_id>", methods=["GET", "POST"])
@requires(Permission.CLAIM_DECIDE)
def decide_claim(public_id: str) -> ResponseReturnValue:
    asked = _claim(public_id)
    if not asked.is_pending:
        return already_answered("claim_answer", asked)
    form = AnswerForm()
    if not form.validate_on_submit():
        return shown("claim_answer", form, asked=asked)
    try:
        with once(form) as act:
            services.decide_claim(
                act.session,
                queries.claim(act.session, current_actor(), public_id, clock.today()),
                accepted=form.accepted,
                reason=form.reason.data,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("accounts.claims"), f"Votre réponse part à {asked.account.display_name}.")
    except services.AlreadyAnswered:
        return already_answered("claim_answer", _claim(public_id))
    except RuleViolation as problem:
        return refused(problem, "claim_answer", form, asked=asked)
    return act.response


def _claim(public_id: str) -> Claim:
    with reading() as unit:
        return queries.claim(unit, current_actor(), public_id, clock.today())
