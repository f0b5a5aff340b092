"""The mails of this room, composed when they leave: from ids to what is true then, or why nothing is due any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts import queries, rules
from portal.accounts.models import Account, Claim, Invitation, JoinRequest, PasswordReset, SignUp
from portal.accounts.queries import Linked
from portal.accounts.services import links
from portal.accounts.services.passwords import RESET
from portal.accounts.services.requests import CLAIM_ASKED, CLAIM_DECIDED, JOIN_ASKED, JOIN_DECIDED
from portal.accounts.services.security import SECURITY, SecurityChange
from portal.accounts.services.sign_up import SIGN_UP
from portal.accounts.services.team import INVITATION
from portal.kernel import clock
from portal.outbox import Mail, Spared
from portal.vocabulary import RequestOutcome, Role

Ids = Mapping[str, int | str]
_LINK_OVER = Spared("le lien a servi, ou n’est plus valable")
_DEPARTED = Spared("la personne n’a plus ce rôle, ou n’a plus de compte")
_ANSWERED = Spared("quelqu’un a déjà répondu")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(SIGN_UP, sign_up)
    outbox.register(RESET, reset)
    outbox.register(SECURITY, security)
    outbox.register(INVITATION, invitation)
    outbox.register(JOIN_ASKED, join_asked)
    outbox.register(JOIN_DECIDED, join_decided)
    outbox.register(CLAIM_ASKED, claim_asked)
    outbox.register(CLAIM_DECIDED, claim_decided)


def sign_up(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """A link that opens the account; or, to an address that has one, that it has one.

    Nothing that was typed with the address is repeated: anyone may have typed it.
    """
    link = session.get_one(SignUp, ids["sign_up"])
    if queries.account_by_email(session, link.email) is not None:
        return _mail("already_registered")
    token = _usable(link, now)
    if token is None:
        return _LINK_OVER
    return _mail("confirmation", link=link, token=token)


def reset(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    link = session.get_one(PasswordReset, ids["reset"])
    token = _usable(link, now)
    if token is None:
        return _LINK_OVER
    account = queries.account_by_email(session, link.email)
    if account is None:
        return Spared("aucun compte à cette adresse")
    return _mail("reset", link=link, token=token, account=account)


def security(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the account's owner, whoever changed what protects it; no secret is in it."""
    account = session.get_one(Account, ids["account"])
    if not account.is_open:
        return _DEPARTED
    change, at = SecurityChange(str(ids["change"])), datetime.fromisoformat(str(ids["at"]))
    return _mail("security", account=account, change=change, at=at)


def invitation(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    link = session.get_one(Invitation, ids["invitation"])
    token = None if link.revoked_at else _usable(link, now)
    if token is None:
        return _LINK_OVER
    return _mail("invitation", link=link, token=token, organisation=link.organisation, inviter=link.inviter)


def join_asked(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To each manager; never to one who has left since."""
    asked = session.get_one(JoinRequest, ids["request"])
    if not asked.is_pending:
        return _ANSWERED
    managers = queries.accounts_holding(session, asked.organisation_id, Role.MANAGER, now)
    if ids["account"] not in {manager.id for manager in managers}:
        return _DEPARTED
    return _mail("join_asked", asked=asked)


def join_decided(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    asked = session.get_one(JoinRequest, ids["request"])
    return _mail("join_decided", asked=asked) if _still_concerned(session, asked, now) else _DEPARTED


def claim_asked(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To each person who may decide, as long as they may and nobody has."""
    asked = session.get_one(Claim, ids["claim"])
    if not asked.is_pending:
        return _ANSWERED
    deciding = rules.deciding_roles(asked.organisation.kinds_on(clock.paris_date(now)))
    if ids["account"] not in {each.id for each in queries.deciders_of(session, asked, deciding, now)}:
        return _DEPARTED
    return _mail("claim_asked", asked=asked)


def claim_decided(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    asked = session.get_one(Claim, ids["claim"])
    return _mail("claim_decided", asked=asked) if _still_concerned(session, asked, now) else _DEPARTED


def _usable(link: Linked, now: datetime) -> str | None:
    """The token of a link that still opens something."""
    return None if link.used_at or link.expires_at <= now else links.token_of(link)


def _still_concerned(session: Session, asked: JoinRequest | Claim, now: datetime) -> bool:
    """Not a closed account, nor someone who was accepted and has left since."""
    if asked.outcome is not RequestOutcome.ACCEPTED:
        return asked.account.is_open
    held = queries.memberships_between(session, asked.account_id, asked.organisation_id, now)
    return asked.account.is_open and bool(held)


def _mail(kind: str, **context: Any) -> Mail:
    return outbox.mail_from_template(f"accounts/emails/{kind}", context)
