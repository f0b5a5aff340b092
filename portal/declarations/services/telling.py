"""What each act leaves behind: the journal, and the mails it promises."""

from collections.abc import Iterable, Mapping, Sequence
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
    promise(session, kind, deposit, filing_for(session, declaration.organisation_id, now), now)


def filing_for(session: Session, organisation_id: int, now: datetime) -> Sequence[Account]:
    """Everyone who files for an organisation."""
    filing = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_(_FILING),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
        .order_by(Account.id)
    )
    return session.scalars(filing).all()


def promise_to(session: Session, kind: str, ids: Mapping[str, int | str], organisation_id: int, now: datetime) -> None:
    """Promise a mail about these things to everyone who files for an organisation."""
    told = ":".join(str(ids[name]) for name in sorted(ids))
    for account in filing_for(session, organisation_id, now):
        key = f"{kind}:{told}:{account.id}"
        outbox.promise(
            session, kind, recipient=account.email, ids={**ids, "account": account.id}, dedupe_key=key, now=now
        )


def promise(session: Session, kind: str, deposit: Deposit, accounts: Iterable[Account], now: datetime) -> None:
    for account in accounts:
        ids: Mapping[str, int | str] = {"deposit": deposit.id, "account": account.id}
        key = f"{kind}:{deposit.id}:{account.id}"
        outbox.promise(session, kind, recipient=account.email, ids=ids, dedupe_key=key, now=now)
