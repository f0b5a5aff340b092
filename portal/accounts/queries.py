"""Rows out, nothing decided here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules
from portal.accounts.models import (
    Account,
    Claim,
    Invitation,
    JoinRequest,
    LoginSession,
    Membership,
    PasswordReset,
    RecoveryCode,
    SignUp,
)
from portal.directory import queries as directory
from portal.directory.models import Affiliation, Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import AccountState, Permission, Role

Linked = TypeVar("Linked", SignUp, PasswordReset, Invitation)


def in_force(now: datetime) -> ColumnElement[bool]:
    """The memberships that hold at `now`."""
    return and_(Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now))


# Accounts and sessions


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


def roles_held(session: Session, account_id: int, now: datetime) -> Sequence[Row[int, str, str, Role]]:
    """Organisation, its usual name, its SIRET and a role, of each membership in force, by name."""
    return session.execute(
        select(
            Organisation.id,
            func.coalesce(Organisation.usual_name, Organisation.name),
            Organisation.siret,
            Membership.role,
        )
        .join(Membership.organisation)
        .where(Membership.account_id == account_id, in_force(now))
        .order_by(Organisation.sort_name, Organisation.siret, Membership.role)
    ).all()


def last_organisation_of(session: Session, account_id: int) -> int | None:
    """The organisation that the person acted for in their latest session."""
    return session.scalar(
        select(LoginSession.organisation_id)
        .where(LoginSession.account_id == account_id)
        .order_by(LoginSession.created_at.desc(), LoginSession.id.desc())
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


# Teams


def has_manager(session: Session, organisation_id: int, now: datetime) -> bool:
    return bool(session.scalar(select(_managed(organisation_id, now))))


def _managed(organisation_id: int, now: datetime) -> ColumnElement[bool]:
    return exists().where(Membership.organisation_id == organisation_id, Membership.role == Role.MANAGER, in_force(now))


def accounts_holding(session: Session, organisation_id: int, role: Role, now: datetime) -> list[Account]:
    """The people who hold a role in an organisation."""
    return list(
        session.scalars(
            select(Account)
            .join(Membership, Membership.account_id == Account.id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role == role,
                in_force(now),
                Account.state == AccountState.ACTIVE,
            )
            .order_by(Account.id)
        )
    )


def members_of(session: Session, organisation_id: int, now: datetime) -> list[Membership]:
    """The memberships in force, with their accounts, by person."""
    return list(
        session.scalars(
            select(Membership)
            .join(Membership.account)
            .options(joinedload(Membership.account))
            .where(Membership.organisation_id == organisation_id, in_force(now))
            .order_by(Account.display_name, Account.id, Membership.role)
        )
    )


def member(session: Session, organisation_id: int, public_id: str, now: datetime) -> list[Membership]:
    """What one person of the team holds in it. Raises NotFound for someone who is not of the team."""
    held = [each for each in members_of(session, organisation_id, now) if each.account.public_id == public_id]
    if not held:
        raise NotFound
    return held


def memberships_between(session: Session, account_id: int, organisation_id: int, now: datetime) -> list[Membership]:
    """What one person holds in one organisation, now or from now on."""
    return list(
        session.scalars(
            select(Membership)
            .where(
                Membership.account_id == account_id,
                Membership.organisation_id == organisation_id,
                or_(Membership.until.is_(None), Membership.until > now),
            )
            .order_by(Membership.role)
        )
    )


def open_invitations(session: Session, organisation_id: int) -> list[Invitation]:
    """Those nobody used or withdrew, expired ones included: they can be sent again."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.organisation_id == organisation_id,
                Invitation.used_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
            .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        )
    )


def open_invitation(session: Session, organisation_id: int, public_id: str) -> Invitation:
    """Raises NotFound for another organisation's."""
    found = next((each for each in open_invitations(session, organisation_id) if each.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


# Requests to join, and claims


def pending_join_requests(session: Session, organisation_id: int) -> list[JoinRequest]:
    return list(
        session.scalars(
            select(JoinRequest)
            .options(joinedload(JoinRequest.account))
            .where(JoinRequest.organisation_id == organisation_id, JoinRequest.outcome.is_(None))
            .order_by(JoinRequest.asked_at, JoinRequest.id)
        )
    )


def count_pending_join_requests(session: Session, organisation_id: int) -> int:
    pending = (JoinRequest.organisation_id == organisation_id, JoinRequest.outcome.is_(None))
    return session.scalar(select(func.count()).select_from(JoinRequest).where(*pending)) or 0


def join_request(session: Session, organisation_id: int, public_id: str) -> JoinRequest:
    """Raises NotFound for another organisation's."""
    found = session.scalar(
        select(JoinRequest)
        .options(joinedload(JoinRequest.account), joinedload(JoinRequest.organisation))
        .where(JoinRequest.public_id == public_id, JoinRequest.organisation_id == organisation_id)
    )
    if found is None:
        raise NotFound
    return found


def requests_of(session: Session, account_id: int) -> list[JoinRequest | Claim]:
    """What the person asked and nobody has answered yet."""
    joins = select(JoinRequest).options(joinedload(JoinRequest.organisation))
    claims = select(Claim).options(joinedload(Claim.organisation))
    return [
        *session.scalars(joins.where(JoinRequest.account_id == account_id, JoinRequest.outcome.is_(None))),
        *session.scalars(claims.where(Claim.account_id == account_id, Claim.outcome.is_(None))),
    ]


def visible_claims(actor: Actor, today: date) -> Select[Claim]:
    """The claims that the actor may decide: never their own; a network head's, on the structures it has accepted."""
    claims = select(Claim).where(Claim.account_id != actor.account_id)
    if not actor.may(Permission.CLAIM_DECIDE):
        return claims.where(false())
    if Role.PURCHASING in actor.roles:
        return claims
    claims = claims.join(Claim.organisation).where(~directory.being(rules.TRUSTED_KINDS, today))
    if Role.FACILITATEUR in actor.roles:
        return claims
    return claims.where(Claim.organisation_id.in_(structures_of(actor.organisation_id)))


def structures_of(network_id: int | None) -> Select[int]:
    """The structures whose affiliation a network has accepted and which has not ended."""
    return select(Affiliation.structure_id).where(
        Affiliation.network_id == network_id, Affiliation.accepted_at.is_not(None), Affiliation.ended_at.is_(None)
    )


def networks_of(structure_id: int) -> Select[int]:
    """The networks that have accepted a structure."""
    return select(Affiliation.network_id).where(
        Affiliation.structure_id == structure_id, Affiliation.accepted_at.is_not(None), Affiliation.ended_at.is_(None)
    )


def pending_claims(session: Session, actor: Actor, today: date) -> list[Claim]:
    return list(
        session.scalars(
            visible_claims(actor, today)
            .options(joinedload(Claim.account), joinedload(Claim.organisation))
            .where(Claim.outcome.is_(None))
            .order_by(Claim.asked_at, Claim.id)
        )
    )


def count_pending_claims(session: Session, actor: Actor, today: date) -> int:
    pending = visible_claims(actor, today).where(Claim.outcome.is_(None)).subquery()
    return session.scalar(select(func.count()).select_from(pending)) or 0


def claim(session: Session, actor: Actor, public_id: str, today: date) -> Claim:
    """Raises NotFound for a claim that the actor does not see."""
    found: Claim | None = session.scalar(
        visible_claims(actor, today)
        .options(joinedload(Claim.account), joinedload(Claim.organisation))
        .where(Claim.public_id == public_id)
    )
    if found is None:
        raise NotFound
    return found


def pending_claims_on(session: Session, organisation_id: int) -> list[Claim]:
    return list(
        session.scalars(
            select(Claim).where(Claim.organisation_id == organisation_id, Claim.outcome.is_(None)).order_by(Claim.id)
        )
    )


def deciders_of(session: Session, claimed: Claim, roles: frozenset[Role], now: datetime) -> list[Account]:
    """Whoever may hold one of `roles` where it lets them decide on a claim, but for the person who claims."""
    anywhere = Membership.role.in_(roles & {Role.PURCHASING, Role.FACILITATEUR})
    in_network = and_(
        Membership.role == Role.NETWORK, Membership.organisation_id.in_(networks_of(claimed.organisation_id))
    )
    deciding = or_(anywhere, in_network) if Role.NETWORK in roles else anywhere
    holders = select(Membership.account_id).where(deciding, in_force(now))
    return list(
        session.scalars(
            select(Account)
            .where(Account.id.in_(holders), Account.id != claimed.account_id, Account.state == AccountState.ACTIVE)
            .order_by(Account.id)
        )
    )


# Mailed links


def linked_by(session: Session, model: type[Linked], token_hash: str) -> Linked | None:
    """What a mailed link points at, used or not."""
    return session.scalar(select(model).where(model.token_hash == token_hash))
