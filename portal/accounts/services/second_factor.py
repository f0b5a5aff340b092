"""The second factor: a code from a telephone, or a recovery code, each once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import keys, rules
from portal.accounts.models import Account, LoginSession, RecoveryCode
from portal.accounts.services import security, sign_in
from portal.accounts.services.security import SecurityChange
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import touch


@dataclass(frozen=True)
class Instants:
    """The portal's time, which dates what is done, and the real one, which telephones live in."""

    now: datetime
    real: datetime


def ensure_code(session: Session, account: Account, code: str, *, at: Instants) -> None:
    """Accept a code and use it up. Raises RuleViolation on the field `code` for a wrong or used one."""
    if rules.looks_like_recovery_code(code):
        accepted = _use_recovery_code(session, account, code, at.now)
    else:
        accepted = _use_totp(session, account, code, at.real)
    if not accepted:
        raise RuleViolation("Ce code n’est pas le bon, ou il a déjà servi : attendez le suivant.", field="code")


def _use_totp(session: Session, account: Account, code: str, real: datetime) -> bool:
    if account.totp_secret is None or not account.has_second_factor:
        return False
    counter = rules.accepted_counter(keys.unseal(account.totp_secret), code, at=real, last=account.totp_last_counter)
    if counter is None:
        return False
    earlier = or_(Account.totp_last_counter.is_(None), Account.totp_last_counter < counter)
    used = session.execute(update(Account).where(Account.id == account.id, earlier).values(totp_last_counter=counter))
    assert isinstance(used, CursorResult)  # noqa: S101 — narrows the declared type
    return used.rowcount == 1


def _use_recovery_code(session: Session, account: Account, code: str, now: datetime) -> bool:
    this_one = RecoveryCode.code_hash == keys.recovery_digest(account.id, code)
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.account_id == account.id, this_one, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    assert isinstance(used, CursorResult)  # noqa: S101 — narrows the declared type
    return used.rowcount == 1


def proposed_secret(account: Account, session_id: int) -> str:
    """What the telephone is to learn; the same as long as the session lasts and nothing is confirmed."""
    return keys.pending_totp_secret(account.id, session_id, account.totp_confirmed_at, account.version)


def enrol(session: Session, account: Account, code: str, *, session_id: int, actor: Actor, at: Instants) -> list[str]:
    """Confirm the proposed secret by one of its codes; the recovery codes, which are told only now.

    The present session goes on with its second factor shown; the others are closed. Raises RuleViolation on `code`.
    """
    if account.has_second_factor:
        raise RuleViolation("Un téléphone protège déjà ce compte : retirez-le d’abord.")
    secret = proposed_secret(account, session_id)
    counter = rules.accepted_counter(secret, code, at=at.real, last=None)
    if counter is None:
        raise RuleViolation("Ce code n’est pas le bon : vérifiez l’heure de votre téléphone.", field="code")
    touch(account)
    account.totp_secret = keys.seal(secret)
    account.totp_confirmed_at, account.totp_last_counter = at.now, counter
    session.flush()
    _show_second_factor(session, session_id, at.now)
    sign_in.revoke_others(session, account.id, kept=session_id, actor=actor, now=at.now)
    security.tell(session, account, SecurityChange.SECOND_FACTOR_SET, now=at.now)
    _record(session, "account.second_factor_set", account, actor=actor, now=at.now)
    return _replace_recovery_codes(session, account)


def renew_recovery_codes(session: Session, account: Account, *, actor: Actor, now: datetime) -> list[str]:
    """Ten new codes, told only now; the former ones open nothing any more."""
    touch(account)
    security.tell(session, account, SecurityChange.RECOVERY_CODES_RENEWED, now=now)
    _record(session, "account.recovery_codes_renewed", account, actor=actor, now=now)
    return _replace_recovery_codes(session, account)


def remove(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Forget the telephone. Whoever's role demands a second factor is led to set another one up at once."""
    touch(account)
    account.totp_secret = account.totp_confirmed_at = account.totp_last_counter = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    session.execute(update(LoginSession).where(LoginSession.account_id == account.id).values(second_factor_at=None))
    session.flush()
    security.tell(session, account, SecurityChange.SECOND_FACTOR_REMOVED, now=now)
    _record(session, "account.second_factor_removed", account, actor=actor, now=now)


def _show_second_factor(session: Session, session_id: int, now: datetime) -> None:
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(second_factor_at=now))


def _replace_recovery_codes(session: Session, account: Account) -> list[str]:
    codes = keys.new_recovery_codes()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=keys.recovery_digest(account.id, code)) for code in codes
    )
    session.flush()
    return codes


def _record(session: Session, event: str, account: Account, *, actor: Actor, now: datetime) -> None:
    journal.record(session, event, ("account", account.id, account.display_name), actor=actor, at=now)
