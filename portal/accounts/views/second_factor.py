"""Set a second factor up, renew its recovery codes, remove it."""

import pyotp
from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.accounts import queries, sessions
from portal.accounts.forms import ProofForm
from portal.accounts.models import Account
from portal.accounts.services import passwords, sign_in
from portal.accounts.services import second_factor as services
from portal.accounts.services.second_factor import Instants
from portal.accounts.views import limits
from portal.accounts.views.blueprint import pages, refused, shown
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.web import current_actor, once, render, safe_path, signed_in


@pages.route("/compte/second-facteur", methods=["GET", "POST"])
@signed_in
def totp() -> ResponseReturnValue:
    person = sessions.person()
    with reading() as unit:
        account = queries.account(unit, person.account_id)
        unused = queries.unused_recovery_codes(unit, account.id)
    if account.has_second_factor:
        return render("accounts/totp.html", account=account, unused=unused)
    form = ProofForm()
    context = {"held": person.held, **_proposal(account, person.session_id)}
    if not form.validate_on_submit():
        return shown("totp_setup", form, **context)
    try:
        _ensure_password(form)
        return _enrolled(form, person)
    except RuleViolation as problem:
        return refused(problem, "totp_setup", form, **context)


def _proposal(account: Account, session_id: int) -> dict[str, object]:
    """The key to learn, as a drawing and as text in groups of four."""
    secret = services.proposed_secret(account, session_id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name="Amont")
    import segno  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    drawing = segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=False
    )
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"drawing": Markup(drawing), "key": groups}  # noqa: S704 — drawn by segno, from digits and letters of ours


def _enrolled(form: ProofForm, person: sessions.SignedIn) -> ResponseReturnValue:
    at = Instants(now=clock.utc_now(), real=clock.real_utc_now())
    with once(form) as act:
        account = queries.account(act.session, person.account_id)
        codes = services.enrol(
            act.session, account, form.code.data, session_id=person.session_id, actor=current_actor(), at=at
        )
        token = sign_in.renew_token(act.session, person.session_id)
        act.leads_to(url_for("accounts.totp"))
    sessions.begin(token)
    onwards = safe_path(request.args.get("suite"), url_for("accounts.account"))
    return render("accounts/recovery_codes.html", codes=codes, onwards=onwards)


@pages.route("/compte/second-facteur/codes", methods=["GET", "POST"])
@signed_in
def recovery_codes() -> ResponseReturnValue:
    form = ProofForm()
    if not form.validate_on_submit():
        return shown("recovery_codes_renew", form)
    try:
        _ensure_password(form)
        with once(form) as act:
            account = _proved(act.session, form)
            codes = services.renew_recovery_codes(act.session, account, actor=current_actor(), now=clock.utc_now())
            act.leads_to(url_for("accounts.totp"))
    except RuleViolation as problem:
        return refused(problem, "recovery_codes_renew", form)
    return render("accounts/recovery_codes.html", codes=codes, onwards=url_for("accounts.account"))


@pages.route("/compte/second-facteur/retirer", methods=["GET", "POST"])
@signed_in
def remove_totp() -> ResponseReturnValue:
    form = ProofForm()
    if not form.validate_on_submit():
        return shown("totp_remove", form)
    try:
        _ensure_password(form)
        with once(form) as act:
            account = _proved(act.session, form)
            services.remove(act.session, account, actor=current_actor(), now=clock.utc_now())
            act.leads_to(url_for("accounts.totp"), "Ce téléphone ne protège plus votre compte.")
    except RuleViolation as problem:
        return refused(problem, "totp_remove", form)
    return act.response


def _ensure_password(form: ProofForm) -> None:
    """Outside any transaction that writes, since it takes a tenth of a second. Raises RuleViolation, or TooMany."""
    person = sessions.person()
    limits.of_password_check(person.account_id)
    limits.of_second_factor(person.account_id)
    with reading() as unit:
        account = queries.account(unit, person.account_id)
    passwords.ensure_password(account, form.current_password.data)


def _proved(session: Session, form: ProofForm) -> Account:
    """The person, whose code is used up. Raises RuleViolation when it is not the right one."""
    account = queries.account(session, sessions.person().account_id)
    at = Instants(now=clock.utc_now(), real=clock.real_utc_now())
    services.ensure_code(session, account, form.code.data, at=at)
    return account
