"""Who belongs to an organisation, and who is invited to."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account, Invitation, Membership
from portal.kernel.errors import NotFound
from portal.vocabulary import AccountState, Role


def in_force(now: datetime) -> ColumnElement[bool]:
    """The memberships that hold at `now`."""
    return and_(Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now))


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
