"""Open an account by the SIRET of an organisation, and confirm the address."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from portal.accounts import queries, rules, sessions
from portal.accounts.forms import NewPasswordForm, OrganisationForm, SignUpForm, SiretForm, described
from portal.accounts.models import SignUp
from portal.accounts.services import links, passwords, sign_in
from portal.accounts.services import sign_up as services
from portal.accounts.views import limits
from portal.accounts.views.blueprint import pages, refused, shown
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.kernel.siret import InvalidSiret, Siret, parse_siret
from portal.storage import reading
from portal.vocabulary import Role
from portal.web import current_actor, once, public, render, signed_in

_TYPED = "sign_up"
"""What the page after the sign-up repeats to whoever typed it, and to no one who follows its address."""


@dataclass(frozen=True)
class Found:
    """What the directory knows of a SIRET."""

    siret: Siret
    organisation: Organisation | None
    managed: bool
    roles: frozenset[Role]


def _look_up(siret: Siret) -> Found:
    now = clock.utc_now()
    with reading() as unit:
        organisation = directory.by_siret(unit, siret)
        if organisation is None:
            return Found(siret, None, False, frozenset())
        roles = rules.roles_given_by(organisation.kinds_on(clock.paris_date(now)))
        return Found(siret, organisation, queries.has_manager(unit, organisation.id, now), roles)


def _typed_siret(form: SiretForm) -> Siret | None:
    """The SIRET of the address; None when there is none, or a wrong one, which the form then says."""
    if form.siret.data is None:
        return None
    try:
        return parse_siret(form.siret.data)
    except InvalidSiret as error:
        form.siret.errors = [error.sentence]
        return None


@pages.route("/inscription", methods=["GET", "POST"])
@public
def sign_up() -> ResponseReturnValue:
    if current_actor().is_signed_in:
        return redirect(url_for("accounts.add_organisation", siret=request.args.get("siret")))
    search = SiretForm(request.args)
    siret = _typed_siret(search)
    if siret is None:
        return render("accounts/sign_up_siret.html", form=search)
    found = _look_up(siret)
    form = _form_for(found)
    if not form.validate_on_submit():
        return shown("sign_up", form, found=found)
    limits.of_sign_up(form.email.data)
    cookie[_TYPED] = {"email": form.email.data, "siret": str(siret)}
    with once(form) as act:
        services.ask(act.session, _wish(form, siret), now=clock.utc_now())
        act.leads_to(url_for("accounts.sign_up_sent"))
    return act.response


def _form_for(found: Found) -> SignUpForm:
    """Only what this organisation's situation asks."""
    form = SignUpForm()
    form.roles.choices = described(found.roles - {Role.MANAGER})
    if found.organisation is not None:
        del form.organisation_name
    if not found.managed:
        del form.roles
    if found.organisation is None or found.managed:
        del form.why
    return form


def _wish(form: SignUpForm, siret: Siret) -> services.Wish:
    return services.Wish(
        email=form.email.data,
        display_name=form.display_name.data,
        siret=siret,
        organisation_name=form.organisation_name.data if "organisation_name" in form else None,
        roles=form.roles.chosen if "roles" in form else frozenset(),
        why=form.why.data if "why" in form else None,
    )


@pages.get("/inscription/message-envoye")
@public
def sign_up_sent() -> ResponseReturnValue:
    return render("accounts/sign_up_sent.html", typed=cookie.get(_TYPED))


@pages.route("/inscription/confirmer/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    with reading() as unit:
        link = links.seen(unit, SignUp, token, clock.utc_now())
        listed = directory.by_siret(unit, link.siret)
    named = listed.shown_name if listed else link.organisation_name
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return shown("confirm", form, link=link, named=named)
    now = clock.utc_now()
    try:
        about = (link.display_name, link.email, link.organisation_name or "")
        password_hash = passwords.prepared(form.password.data, about=about)
        with once(form) as act:
            entry = services.confirm(act.session, token, password_hash, now=now)
            opened = sign_in.open_session(act.session, entry.account, now=now, browser=sessions.browser())
            act.leads_to(url_for("accounts.account"), f"Votre compte est ouvert. {entry.outcome}")
    except RuleViolation as problem:
        return refused(problem, "confirm", form, link=link, named=named)
    sessions.begin(opened)
    return act.response


@pages.route("/compte/organisations/ajouter", methods=["GET", "POST"])
@signed_in
def add_organisation() -> ResponseReturnValue:
    """For someone signed in: join or claim a listed organisation, or list one that nobody had."""
    search = SiretForm(request.args)
    siret = _typed_siret(search)
    if siret is None:
        return render("accounts/add_organisation_siret.html", form=search)
    found = _look_up(siret)
    if found.organisation is not None:
        return redirect(url_for("accounts.join" if found.managed else "accounts.claim", siret=siret))
    form = OrganisationForm()
    if not form.validate_on_submit():
        return shown("add_organisation", form, siret=siret)
    limits.of_founding(sessions.person().account_id)
    try:
        with once(form) as act:
            organisation = services.found_company(
                act.session, siret, form.organisation_name.data, actor=current_actor(), now=clock.utc_now()
            )
            act.leads_to(url_for("accounts.account"), f"Vous gérez désormais la fiche « {organisation.shown_name} ».")
    except RuleViolation as problem:
        return refused(problem, "add_organisation", form, siret=siret)
    return act.response
