"""What each act leaves behind: the journal, and the mails it promises."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.declarations.models import Declaration, Deposit
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.vocabulary import PERMISSIONS_OF, AccountState, Permission

_FILING = [role for role, permissions in PERMISSIONS_OF.items() if Permission.DECLARATION_FILE in permissions]


def record(
    session: Session, event: str, declaration: Declaration, *, actor: Actor, now: datetime, **after: Any
) -> None:
    """What stays for ever names month, contract and declarant; no matricule, and nothing that was said of a person."""
    label = f"{declaration.month.label}, {declaration.contract.number}, {declaration.organisation.shown_name}"
    journal.record(session, event, ("declaration", declaration.id, label), actor=actor, at=now, after=after)


def tell_declarant(session: Session, kind: str, declaration: Declaration, deposit: Deposit, now: datetime) -> None:
    """Promise a mail to everyone who files for the declarant."""
    filing = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.organisation_id == declaration.organisation_id,
            Membership.role.in_(_FILING),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
        .order_by(Account.id)
    )
    promise(session, kind, deposit, session.scalars(filing), now)


def promise(session: Session, kind: str, deposit: Deposit, accounts: Iterable[Account], now: datetime) -> None:
    for account in accounts:
        ids: Mapping[str, int | str] = {"deposit": deposit.id, "account": account.id}
        key = f"{kind}:{deposit.id}:{account.id}"
        outbox.promise(session, kind, recipient=account.email, ids=ids, dedupe_key=key, now=now)
