"""Passwords: forgotten, chosen again, changed."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.accounts import queries, sessions
from portal.accounts.forms import ChangePasswordForm, ForgottenForm, NewPasswordForm
from portal.accounts.models import PasswordReset
from portal.accounts.services import links
from portal.accounts.services import passwords as services
from portal.accounts.views import limits
from portal.accounts.views.blueprint import pages, refused, shown
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.web import current_actor, once, public, render, signed_in


@pages.route("/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    form = ForgottenForm()
    if not form.validate_on_submit():
        return shown("forgotten", form)
    limits.of_reset(form.email.data)
    with once(form) as act:
        services.ask_reset(act.session, form.email.data, now=clock.utc_now())
        act.leads_to(url_for("accounts.forgotten_sent"))
    return act.response


@pages.get("/mot-de-passe-oublie/message-envoye")
@public
def forgotten_sent() -> ResponseReturnValue:
    return render("accounts/forgotten_sent.html")


@pages.route("/mot-de-passe/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    with reading() as unit:
        link = links.seen(unit, PasswordReset, token, clock.utc_now())
        account = queries.account_by_email(unit, link.email)
    if account is None:
        raise links.LinkOver
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return shown("reset", form, account=account)
    try:
        password_hash = services.prepared(form.password.data, about=(account.display_name, account.email))
        with once(form) as act:
            services.reset(act.session, token, password_hash, now=clock.utc_now())
            act.leads_to(url_for("accounts.sign_in"), "Votre mot de passe est changé : connectez-vous avec le nouveau.")
    except RuleViolation as problem:
        return refused(problem, "reset", form, account=account)
    sessions.end()
    return act.response


@pages.route("/compte/mot-de-passe", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return shown("password", form)
    person = sessions.person()
    limits.of_password_check(person.account_id)
    with reading() as unit:
        account = queries.account(unit, person.account_id)
    try:
        services.ensure_password(account, form.current_password.data)
        password_hash = services.prepared(form.password.data, about=(account.display_name, account.email))
        with once(form) as act:
            services.change(
                act.session,
                queries.account(act.session, person.account_id),
                password_hash,
                session_id=person.session_id,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            said = "Votre mot de passe est changé. Vos autres sessions sont fermées."
            act.leads_to(url_for("accounts.account"), said)
    except RuleViolation as problem:
        return refused(problem, "password", form)
    return act.response
