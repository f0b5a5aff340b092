"""The mails of a month, composed when they leave. No matricule, no person: totals, and what to do next.

Each is promised with `ids={"deposit": …, "account": …}`, to somebody who files for the declarant.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.declarations import wording
from portal.declarations.models import Declaration, Deposit
from portal.kernel import clock
from portal.outbox import Mail, Spared
from portal.vocabulary import PERMISSIONS_OF, DeclarationState, DepositOutcome, Permission

DEPOSITED = "declarations.deposited"
ACCEPTED = "declarations.accepted"
RETURNED = "declarations.returned"
REOPENED = "declarations.reopened"

Ids = Mapping[str, int | str]
DEPARTED = Spared("la personne ne déclare plus pour cette organisation")
_MOVED_ON = Spared("la réponse a changé depuis")
_CORRECTED = Spared("la déclaration a été corrigée et déposée de nouveau")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(DEPOSITED, deposited)
    outbox.register(ACCEPTED, accepted)
    outbox.register(RETURNED, returned)
    outbox.register(REOPENED, reopened)


def deposited(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """The receipt, to whoever deposited: true whatever happened since."""
    deposit = session.get_one(Deposit, ids["deposit"])
    return _mail("deposited", session, deposit, ids, now)


def accepted(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    deposit = session.get_one(Deposit, ids["deposit"])
    if deposit.outcome is not DepositOutcome.ACCEPTED:
        return _MOVED_ON
    return _mail("accepted", session, deposit, ids, now)


def returned(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """What is to be corrected, and by when; nothing once it is."""
    deposit = session.get_one(Deposit, ids["deposit"])
    if _has_a_later_deposit(session, deposit):
        return _CORRECTED
    return _mail("returned", session, deposit, ids, now)


def reopened(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    deposit = session.get_one(Deposit, ids["deposit"])
    if deposit.outcome is not DepositOutcome.REOPENED or _has_a_later_deposit(session, deposit):
        return _MOVED_ON
    return _mail("reopened", session, deposit, ids, now)


def _has_a_later_deposit(session: Session, deposit: Deposit) -> bool:
    return session.get_one(Declaration, deposit.declaration_id).deposits[-1].id != deposit.id


def _mail(kind: str, session: Session, deposit: Deposit, ids: Ids, now: datetime) -> Mail | Spared:
    declaration = session.get_one(Declaration, deposit.declaration_id)
    account = session.get_one(Account, ids["account"])
    if not files(session, account, declaration.organisation_id, now):
        return DEPARTED
    context: dict[str, Any] = {
        "deposit": deposit,
        "declaration": declaration,
        "contract": declaration.contract,
        "account": account,
        "month": wording.of_month(declaration.month),
        "days_left": (declaration.due_on - clock.paris_date(now)).days,
        "remarks": sum(bool(line.remark) for line in deposit.lines),
        "to_correct": declaration.state in DeclarationState.awaited(),
    }
    return outbox.mail_from_template(f"declarations/emails/{kind}", context)


def files(session: Session, account: Account, organisation_id: int, now: datetime) -> bool:
    """Whether somebody still files for an organisation."""
    held = accounts.memberships_between(session, account.id, organisation_id, now)
    return account.is_open and any(Permission.DECLARATION_FILE in PERMISSIONS_OF[each.role] for each in held)
