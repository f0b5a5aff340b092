"""The mails of a contract, promised in the act that gives rise to them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.contracts.models import Amendment
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import PERMISSIONS_OF, AccountState, MessageKind, Permission

_FILING = [role for role, permissions in PERMISSIONS_OF.items() if Permission.DECLARATION_FILE in permissions]


def tell_titulaires(
    session: Session, amendment: Amendment, organisation_ids: Collection[int | None], now: datetime
) -> None:
    """Promise a mail to everyone who files for these organisations."""
    filing = (
        select(Membership.organisation_id, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.organisation_id.in_([id_ for id_ in organisation_ids if id_ is not None]),
            Membership.role.in_(_FILING),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
    )
    promises = {
        account.id: Promise(
            account.email,
            {"amendment": amendment.id, "account": account.id, "organisation": organisation_id},
            f"{MessageKind.CONTRACT_AMENDED}:{amendment.id}:{account.id}",
        )
        for organisation_id, account in session.execute(filing)
    }
    promise_each(session, MessageKind.CONTRACT_AMENDED, promises.values(), now=now)
