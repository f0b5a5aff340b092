"""The mails of a contract, composed when they leave.

Each is promised with `ids={"amendment": …, "account": …, "organisation": …}`, to somebody who files for a titulaire.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.contracts.models import Amendment, Contract
from portal.contracts.wording import changes
from portal.directory.models import Organisation
from portal.outbox import Mail, Spared
from portal.vocabulary import PERMISSIONS_OF, MessageKind, Permission

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne ne déclare plus pour cette organisation")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(MessageKind.CONTRACT_AMENDED, amended)


def amended(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """What changed, before and after: to who leaves the contract too."""
    amendment = session.get_one(Amendment, ids["amendment"])
    contract = session.get_one(Contract, amendment.contract_id)
    account = session.get_one(Account, ids["account"])
    organisation = session.get_one(Organisation, ids["organisation"])
    held = accounts.memberships_between(session, account.id, organisation.id, now)
    if not account.is_open or not any(Permission.DECLARATION_FILE in PERMISSIONS_OF[each.role] for each in held):
        return _DEPARTED
    context: dict[str, Any] = {
        "amendment": amendment,
        "contract": contract,
        "account": account,
        "organisation": organisation,
        "rows": [(label, f"{was} → {becomes}") for label, was, becomes in changes(amendment)],
        "is_live": any(each.organisation_id == organisation.id and not each.left_on for each in contract.titulaires),
    }
    return outbox.mail_from_template("contracts/emails/amended", context)
