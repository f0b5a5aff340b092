"""Sessions: opened, moved to another organisation, closed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, true, update
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import keys, queries
from portal.accounts.models import Account, LoginSession
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True)
class Browser:
    """What a person sees of a session in their list."""

    agent: str = "Autre navigateur"
    address: str = "inconnue"


def open_session(
    session: Session,
    account: Account,
    *,
    now: datetime,
    browser: Browser | None = None,
    second_factor: bool = False,
    organisation_id: int | None = None,
) -> str:
    """Sign a person in; the token that `sessions.begin` gives to their browser.

    `second_factor` says that one was shown. They act for `organisation_id`, else for the one they last acted for.
    """
    browser = browser or Browser()
    token = keys.new_token()
    session.add(
        LoginSession(
            account_id=account.id,
            organisation_id=organisation_id or queries.last_organisation_of(session, account.id),
            token_hash=keys.digest(token),
            created_at=now,
            seen_at=now,
            second_factor_at=now if second_factor else None,
            agent=browser.agent,
            address=browser.address,
        )
    )
    session.flush()
    return token


def renew_token(session: Session, session_id: int) -> str:
    """The token that opens the session from now on: one seen before it opened more opens nothing."""
    token = keys.new_token()
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(token_hash=keys.digest(token)))
    return token


def hash_again(account: Account, password: str) -> None:
    """Bring a password that was just typed to today's cost."""
    if account.password_hash and keys.must_hash_again(account.password_hash):
        account.password_hash = keys.hash_password(password)


def act_for(session: Session, session_id: int, organisation_id: int, *, actor: Actor, now: datetime) -> None:
    """Raises NotFound for an organisation that the person is not a member of."""
    held = queries.roles_held(session, actor.account_id or 0, now)
    if organisation_id not in {row[0] for row in held}:
        raise NotFound
    chosen = {"organisation_id": organisation_id, "seen_at": now}
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(chosen))


def close(session: Session, session_id: int, *, now: datetime) -> None:
    """Sign out."""
    _close(session, LoginSession.id == session_id, now=now)


def revoke(session: Session, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Close one of one's own sessions, from another one. Raises NotFound for anyone else's."""
    own = (LoginSession.public_id == public_id, LoginSession.account_id == actor.account_id)
    if not _close(session, *own, now=now):
        raise NotFound
    _record(session, actor.account_id or 0, 1, actor=actor, now=now)


def revoke_others(session: Session, account_id: int, *, kept: int | None = None, actor: Actor, now: datetime) -> int:
    """Close all the sessions of a person but `kept`; how many there were."""
    closed = _close(
        session, LoginSession.account_id == account_id, true() if kept is None else LoginSession.id != kept, now=now
    )
    if closed:
        _record(session, account_id, closed, actor=actor, now=now)
    return closed


def mark_seen(session: Session, session_id: int, now: datetime) -> None:
    still_open = (LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
    session.execute(update(LoginSession).where(*still_open).values(seen_at=now))


def _close(session: Session, *which: ColumnElement[bool], now: datetime) -> int:
    closed = session.execute(
        update(LoginSession).where(*which, LoginSession.revoked_at.is_(None)).values(revoked_at=now)
    )
    assert isinstance(closed, CursorResult)  # noqa: S101 — narrows the declared type
    return closed.rowcount


def _record(session: Session, account_id: int, count: int, *, actor: Actor, now: datetime) -> None:
    subject = ("account", account_id, actor.label)
    journal.record(session, "account.sessions_revoked", subject, actor=actor, at=now, after={"sessions": count})
