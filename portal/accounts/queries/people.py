"""Accounts, their sessions, and what mailed links point at."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules
from portal.accounts.models import Account, Invitation, LoginSession, Membership, PasswordReset, RecoveryCode, SignUp
from portal.accounts.queries.teams import in_force
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound
from portal.vocabulary import AccountState, Role

Linked = TypeVar("Linked", SignUp, PasswordReset, Invitation)


def account_by_email(session: Session, email: str) -> Account | None:
    """The open account of a folded address (`rules.parse_email`)."""
    return session.scalar(select(Account).where(Account.email == email, Account.state == AccountState.ACTIVE))


def account(session: Session, account_id: int) -> Account:
    """Raises NotFound, also for a closed account."""
    found = session.get(Account, account_id)
    if found is None or not found.is_open:
        raise NotFound
    return found


def opened_by(session: Session, token_hash: str) -> LoginSession | None:
    """The session of a token, with its account, unless it was revoked or the account closed."""
    return session.scalar(
        select(LoginSession)
        .join(LoginSession.account)
        .options(joinedload(LoginSession.account))
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.revoked_at.is_(None),
            Account.state == AccountState.ACTIVE,
        )
    )


def roles_held(session: Session, account_id: int, now: datetime) -> Sequence[Row[int, str, str, Role, bool]]:
    """Organisation, its usual name, its SIRET, a role, and whether its manager gives roles that need a second factor.

    One row for each membership in force, by name.
    """
    protected = directory.being(rules.PROTECTED_KINDS, paris_date(now))
    return session.execute(
        select(
            Organisation.id,
            Organisation.shown_name,
            Organisation.siret,
            Membership.role,
            protected,
        )
        .join(Membership.organisation)
        .where(Membership.account_id == account_id, in_force(now))
        .order_by(Organisation.sort_name, Organisation.siret, Membership.role)
    ).all()


def last_organisation_of(session: Session, account_id: int) -> int | None:
    """The organisation that the person last chose to act for, in the session used last of those where they did."""
    return session.scalar(
        select(LoginSession.organisation_id)
        .where(LoginSession.account_id == account_id, LoginSession.organisation_id.is_not(None))
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        .limit(1)
    )


def sessions_of(
    session: Session, account_id: int, *, created_after: datetime, seen_after: datetime
) -> list[LoginSession]:
    """The sessions still open, the most recently used first."""
    return list(
        session.scalars(
            select(LoginSession)
            .where(
                LoginSession.account_id == account_id,
                LoginSession.revoked_at.is_(None),
                LoginSession.created_at > created_after,
                LoginSession.seen_at > seen_after,
            )
            .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        )
    )


def unused_recovery_codes(session: Session, account_id: int) -> int:
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def linked_by(session: Session, model: type[Linked], token_hash: str) -> Linked | None:
    """What a mailed link points at, used or not."""
    return session.scalar(select(model).where(model.token_hash == token_hash))
