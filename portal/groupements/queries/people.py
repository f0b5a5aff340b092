"""Whom to write to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.vocabulary import AccountState, Role

_SUPPLIERS = frozenset({Role.STRUCTURE, Role.TITULAIRE})
"""The roles whose people speak for a member."""


def people_of(session: Session, organisation_ids: Collection[int], now: datetime) -> list[tuple[int, Account]]:
    """Whoever speaks for these organisations: suppliers' people, and network heads for networks."""
    rows = session.execute(
        select(Membership.organisation_id, Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.organisation_id.in_(organisation_ids),
            Membership.role.in_(_SUPPLIERS | {Role.NETWORK}),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
        .order_by(Membership.organisation_id, Account.id)
    )
    return [(organisation_id, account) for organisation_id, account in rows]
