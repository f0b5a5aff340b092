"""Sign in, show a second factor, sign out."""

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from portal.accounts import keys, queries, rules, sessions
from portal.accounts.forms import CodeForm, SignInForm
from portal.accounts.models import Account
from portal.accounts.services import second_factor as second_factor_services
from portal.accounts.services import sign_in as services
from portal.accounts.services.second_factor import Instants
from portal.accounts.views import limits
from portal.accounts.views.blueprint import pages, refused, shown
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading, unit_of_work
from portal.web import current_actor, public, safe_path, signed_in

_SECOND_STEP = "second_step"
_UNKNOWN = "Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez-les, ou choisissez un nouveau mot de passe."


@pages.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if current_actor().is_signed_in:
        return redirect(destination())
    form = SignInForm()
    if not form.validate_on_submit():
        return shown("sign_in", form)
    now = clock.utc_now()
    limits.of_sign_in(form.email.data, now)
    account = _recognised(form.email.data, form.password.data)
    if account is None:
        return refused(RuleViolation(_UNKNOWN), "sign_in", form)
    limits.forgive_sign_in(form.email.data, now)
    if account.has_second_factor:
        cookie[_SECOND_STEP] = _step_of(account)
        return redirect(url_for("accounts.second_factor", suite=request.args.get("suite")))
    return _open(account, form.password.data)


def _recognised(email: str, password: str) -> Account | None:
    """Outside any transaction that writes: checking a password takes a tenth of a second, known account or not."""
    with reading() as unit:
        account = queries.account_by_email(unit, email)
    password_hash = account.password_hash if account else None
    return account if keys.password_matches(password_hash, password) else None


def _open(checked: Account, password: str) -> ResponseReturnValue:
    with unit_of_work() as unit:
        account = _unchanged(queries.account(unit, checked.id), _proof(checked))
        services.hash_again(account, password)
        token = services.open_session(unit, account, now=clock.utc_now(), browser=sessions.browser())
    return enter(token)


def enter(token: str) -> ResponseReturnValue:
    sessions.begin(token)
    return redirect(destination())


def destination() -> str:
    """Where the person was going, within this portal; else the first page."""
    return safe_path(request.args.get("suite"), "/")


@pages.route("/connexion/code", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    form = CodeForm()
    account = _halfway()
    if account is None:
        return redirect(url_for("accounts.sign_in", suite=request.args.get("suite")))
    if not form.validate_on_submit():
        return shown("second_factor", form)
    limits.of_second_factor(account.id)
    at = Instants(now=clock.utc_now(), real=clock.real_utc_now())
    try:
        with unit_of_work() as unit:
            account = _unchanged(queries.account(unit, account.id), _proof(account))
            second_factor_services.ensure_code(unit, account, form.code.data, at=at)
            token = services.open_session(unit, account, now=at.now, browser=sessions.browser(), second_factor=True)
    except RuleViolation as problem:
        return refused(problem, "second_factor", form)
    return enter(token)


def _step_of(account: Account) -> dict[str, object]:
    return {"account": account.id, "at": clock.utc_now().isoformat(), "proof": _proof(account)}


def _halfway() -> Account | None:
    """Whoever has just given their password, and has not changed it since."""
    step = cookie.get(_SECOND_STEP)
    if not step or clock.utc_now() > datetime.fromisoformat(step["at"]) + rules.SECOND_STEP_LASTS:
        return None
    try:
        with reading() as unit:
            return _unchanged(queries.account(unit, step["account"]), step["proof"])
    except (NotFound, RuleViolation):
        return None


def _unchanged(account: Account, proof: str) -> Account:
    """Raises RuleViolation when the password was changed after it was checked."""
    if _proof(account) != proof:
        raise RuleViolation("Votre mot de passe vient de changer : connectez-vous de nouveau.")
    return account


def _proof(account: Account) -> str:
    """Changes with the password, and tells nothing of it: the cookie is signed, not sealed."""
    return keys.digest(f"second step:{account.password_hash}")


@pages.post("/deconnexion")
@signed_in
def sign_out() -> ResponseReturnValue:
    with unit_of_work() as unit:
        services.close(unit, sessions.person().session_id, now=clock.utc_now())
    sessions.end()
    flash("Vous êtes déconnecté.", "success")
    return redirect(url_for("accounts.sign_in"))
