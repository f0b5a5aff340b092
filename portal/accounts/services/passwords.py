"""Passwords: chosen, forgotten, changed. A change closes the person's other sessions."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.accounts import keys, queries, rules
from portal.accounts.models import Account, PasswordReset
from portal.accounts.services import links, security, sign_in
from portal.accounts.services.security import SecurityChange
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import touch

RESET = "accounts.reset"


def prepared(password: str, *, about: Iterable[str]) -> str:
    """The hash of a good password: made before any transaction, since it takes a tenth of a second.

    Raises RuleViolation on the field `password`.
    """
    rules.ensure_good_password(password, about=about)
    return keys.hash_password(password)


def ask_reset(session: Session, email: str, *, now: datetime) -> PasswordReset:
    """Promise a link to choose a new password; the same whether or not the address has an account."""
    link = links.made(PasswordReset, lasts=rules.RESET_LASTS, now=now, email=email)
    session.add(link)
    session.flush()
    outbox.promise(session, RESET, recipient=email, ids={"reset": link.id}, dedupe_key=f"{RESET}:{link.id}", now=now)
    return link


def first_password_token(session: Session, account: Account, *, now: datetime) -> str:
    """The token of a link that an operator hands over by other means than a mail."""
    link = links.made(PasswordReset, lasts=rules.FIRST_PASSWORD_LASTS, now=now, email=account.email)
    session.add(link)
    session.flush()
    return links.token_of(link) or ""


def reset(session: Session, token: str, password_hash: str, *, now: datetime) -> Account:
    """Raises LinkOver, also when the account has been closed since."""
    link = links.taken(session, PasswordReset, token, now)
    account = queries.account_by_email(session, link.email)
    if account is None:
        raise links.LinkOver
    account.confirmed_at = account.confirmed_at or now
    _set(session, account, password_hash, actor=acting(account), now=now)
    return account


def change(
    session: Session, account: Account, password_hash: str, *, session_id: int, actor: Actor, now: datetime
) -> None:
    """Choose another password while signed in, in the session `session_id`, which stays open."""
    _set(session, account, password_hash, actor=actor, now=now, kept=session_id)


def ensure_password(account: Account, password: str, *, field: str = "current_password") -> None:
    """Raises RuleViolation unless it is the person's present password."""
    if not keys.password_matches(account.password_hash, password):
        raise RuleViolation("Ce n’est pas votre mot de passe actuel.", field=field)


def acting(account: Account) -> Actor:
    """The person, before they are signed in and for no organisation yet."""
    return Actor(account.id, account.display_name, None, None, frozenset(), frozenset())


def _set(
    session: Session, account: Account, password_hash: str, *, actor: Actor, now: datetime, kept: int | None = None
) -> None:
    touch(account)
    account.password_hash = password_hash
    session.flush()
    _withdraw_links(session, account.email, now)
    sign_in.revoke_others(session, account.id, kept=kept, actor=actor, now=now)
    security.tell(session, account, SecurityChange.PASSWORD_CHANGED, now=now)
    subject = ("account", account.id, account.display_name)
    journal.record(session, "account.password_changed", subject, actor=actor, at=now)


def _withdraw_links(session: Session, email: str, now: datetime) -> None:
    """Links asked before the change open nothing after it."""
    unused = (PasswordReset.email == email, PasswordReset.used_at.is_(None))
    session.execute(update(PasswordReset).where(*unused).values(used_at=now))
