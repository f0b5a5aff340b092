"""Who is at the keyboard: from the token in the browser's cookie to a person, their organisation and their roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import structlog
from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from portal.accounts import keys, queries, rules
from portal.accounts.models import LoginSession
from portal.accounts.services.sign_in import Browser, mark_seen
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading, unit_of_work
from portal.vocabulary import PERMISSIONS_OF, Role
from portal.web import kept_forms
from portal.web.access import access_of

log = structlog.get_logger()

_OPEN_WHILE_HELD = {"accounts.totp", "accounts.sign_out"}


@dataclass(frozen=True)
class Belonging:
    """An organisation that a person may act for, and all their roles in it."""

    organisation_id: int
    name: str
    siret: str
    roles: frozenset[Role]
    protected: bool
    """Its manager may give roles that need a second factor."""

    @property
    def needs_second_factor(self) -> bool:
        return rules.needs_second_factor(self.roles, where_protected=self.protected)


@dataclass(frozen=True)
class SignedIn:
    """A person in one session, as flask-login wants them; `actor` is who every room knows."""

    token: str
    session_id: int
    account_id: int
    display_name: str
    belongings: tuple[Belonging, ...]
    acting_for: Belonging | None
    seen_at: datetime
    held: bool
    """Their role demands a second factor, and none was shown in this session: they may only set one up."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token

    @property
    def actor(self) -> Actor:
        if self.held or self.acting_for is None:
            return Actor(self.account_id, self.display_name, None, None, frozenset(), frozenset())
        return self._in(self.acting_for)

    @property
    def elsewhere(self) -> list[Actor]:
        """The same person in each other organisation they may act for."""
        others = [] if self.held else [each for each in self.belongings if each is not self.acting_for]
        return [self._in(belonging) for belonging in others]

    def _in(self, belonging: Belonging) -> Actor:
        roles = belonging.roles
        permissions = frozenset(permission for role in roles for permission in PERMISSIONS_OF[role])
        return Actor(self.account_id, self.display_name, belonging.organisation_id, belonging.name, roles, permissions)


def load(token: str) -> SignedIn | None:
    """The person of a session that still holds, in two statements; None otherwise (for flask-login)."""
    now = clock.utc_now()
    with reading() as unit:
        opened = queries.opened_by(unit, keys.digest(token))
        if opened is None or not _holds(opened, now):
            return None
        g.person = _signed_in(token, opened, queries.roles_held(unit, opened.account_id, now))
    return cast("SignedIn", g.person)


def limits() -> tuple[timedelta, timedelta]:
    """How long a session lasts unused, and at most."""
    config: Config = current_app.config["AMONT"]
    return timedelta(minutes=config.session_idle_minutes), timedelta(hours=config.session_absolute_hours)


def _holds(opened: LoginSession, now: datetime) -> bool:
    idle, absolute = limits()
    return rules.session_holds(opened.created_at, opened.seen_at, now=now, idle=idle, absolute=absolute)


def _signed_in(token: str, opened: LoginSession, held: Sequence[Row[int, str, str, Role, bool]]) -> SignedIn:
    belongings = _belongings(held)
    chosen = next((each for each in belongings if each.organisation_id == opened.organisation_id), None)
    return SignedIn(
        token=token,
        session_id=opened.id,
        account_id=opened.account_id,
        display_name=opened.account.display_name,
        belongings=belongings,
        acting_for=chosen or _usual(belongings),
        seen_at=opened.seen_at,
        held=opened.second_factor_at is None and any(each.needs_second_factor for each in belongings),
    )


def _usual(belongings: Sequence[Belonging]) -> Belonging | None:
    """For whom a person acts who has never chosen, or has left since: where they manage first, then by name."""
    return min(belongings, key=lambda each: Role.MANAGER not in each.roles, default=None)


def _belongings(held: Sequence[Row[int, str, str, Role, bool]]) -> tuple[Belonging, ...]:
    roles: dict[tuple[int, str, str, bool], set[Role]] = {}
    for organisation_id, name, siret, role, protected in held:
        roles.setdefault((organisation_id, name, siret, protected), set()).add(role)
    return tuple(
        Belonging(organisation_id, name, siret, frozenset(given), protected)
        for (organisation_id, name, siret, protected), given in roles.items()
    )


def begin(token: str) -> None:
    """Give the browser a new session, of which only a form left unfinished, by this person, comes from the old one."""
    kept = kept_forms.carried_over()
    signing_in = load(token)
    if signing_in is None:
        raise RuntimeError("this token opens no session")
    cookie.clear()
    cookie.update({**kept, kept_forms.ACCOUNT: signing_in.account_id})
    login_user(signing_in)


def end() -> None:
    """Take the session away from the browser; it remembers whose it was, for a form still open in another tab."""
    account_id = cookie.get(kept_forms.ACCOUNT)
    logout_user()
    cookie.clear()
    if account_id is not None:
        cookie[kept_forms.ACCOUNT] = account_id


def person() -> SignedIn:
    """Whoever is signed in, in a view that only they may call."""
    return cast("SignedIn", current_user._get_current_object())


def browser() -> Browser:
    """What the person will recognise this browser by, in the list of their sessions."""
    return Browser(rules.agent_family(request.user_agent.string), rules.address_prefix(request.remote_addr))


def register(app: Flask) -> None:
    """Hold whoever must set a second factor up; note when each session was last used."""
    keys.use(app.config["AMONT"])
    app.before_request(_hold)
    app.after_request(_note_use)


def _hold() -> ResponseReturnValue | None:
    """The one place that demands the second factor of the roles that need one."""
    if request.endpoint is None or request.endpoint in _OPEN_WHILE_HELD:
        return None
    access = access_of(request.endpoint)
    if access is None or not access.signed_in or not getattr(current_user, "held", False):
        return None
    return redirect(url_for("accounts.totp", suite=kept_forms.keep_posted() or request.full_path.rstrip("?")))


def _note_use(response: Response) -> Response:
    """After the response has left, and at most every five minutes: a page that is read does not wait for a writer."""
    person = g.get("person")
    if isinstance(person, SignedIn) and clock.utc_now() >= person.seen_at + rules.SEEN_EVERY:
        response.call_on_close(partial(_mark_seen, person.session_id, clock.utc_now()))
    return response


def _mark_seen(session_id: int, now: datetime) -> None:
    try:
        with unit_of_work() as unit:
            mark_seen(unit, session_id, now)
    except SQLAlchemyError as error:
        log.warning("session_use_not_noted", reason=type(error).__name__)
