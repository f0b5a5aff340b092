"""The mails of lines entrusted to an employer, composed when they leave. No matricule, no person.

Each is promised with `ids={…, "account": …}`, to somebody who files for the employer, or for the declarant. An employer
reads of the contract, its month and its declarant; nothing of what the others declare.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.declarations import emails, policies, rules, wording
from portal.declarations.models import DelegatedPart, Delegation
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.outbox import Mail, Spared
from portal.vocabulary import DeclarationState, PartState

ENTRUSTED = "declarations.entrusted"
ENDED = "declarations.delegation_ended"
HANDED = "declarations.part_handed"
REOPENED = "declarations.part_reopened"

Ids = Mapping[str, int | str]
_TAKEN_BACK = Spared("les lignes ont été reprises depuis")
_HANDED_SINCE = Spared("la part a été remise, ou la déclaration déposée, depuis")
_GIVEN_BACK = Spared("la part a été rendue à l’employeur, ou la déclaration déposée, depuis")


def register() -> None:
    outbox.register(ENTRUSTED, entrusted)
    outbox.register(ENDED, ended)
    outbox.register(HANDED, handed)
    outbox.register(REOPENED, reopened)


def entrusted(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the employer's people: what is expected of them, from which month on."""
    delegation = session.get(Delegation, ids["delegation"])
    if delegation is None or delegation.until is not None:
        return _TAKEN_BACK
    context = {
        "contract": session.get_one(Contract, delegation.contract_id),
        "declarant": session.get_one(Organisation, delegation.organisation_id),
        "employer": delegation.employer,
        "since": delegation.since,
    }
    return _mail("entrusted", session, ids, delegation.employer_id, now, context)


def ended(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the employer's people: nothing more is asked of them beyond a month."""
    context = {
        "contract": session.get_one(Contract, ids["contract"]),
        "declarant": session.get_one(Organisation, ids["declarant"]),
        "employer": session.get_one(Organisation, ids["employer"]),
        "until": Month.parse(str(ids["until"])),
    }
    return _mail("delegation_ended", session, ids, int(ids["employer"]), now, context)


def handed(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the declarant's people: an employer is done."""
    part = session.get(DelegatedPart, ids["part"])
    if part is None or not _still_waits(part, PartState.HANDED):
        return _GIVEN_BACK
    worked = [line for line in part.lines if line.hours]
    context = {**_of_part(part), "people": len(worked), "hours": sum(line.hours for line in worked)}
    return _mail("part_handed", session, ids, part.declaration.organisation_id, now, context)


def reopened(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the employer's people: their part is to be corrected, and handed anew."""
    part = session.get(DelegatedPart, ids["part"])
    if part is None or not policies.is_to_fill(part):
        return _HANDED_SINCE
    return _mail("part_reopened", session, ids, part.employer_id, now, _of_part(part))


def _still_waits(part: DelegatedPart, state: PartState) -> bool:
    return part.state is state and part.declaration.state in DeclarationState.awaited()


def _of_part(part: DelegatedPart) -> dict[str, Any]:
    declaration = part.declaration
    return {
        "part": part,
        "employer": part.employer,
        "declaration": declaration,
        "declarant": declaration.organisation,
        "contract": declaration.contract,
        "month": wording.of_month(declaration.month),
        "part_due_on": rules.part_due_on(declaration.due_on),
    }


def _mail(
    kind: str, session: Session, ids: Ids, organisation_id: int, now: datetime, context: dict[str, Any]
) -> Mail | Spared:
    account = session.get_one(Account, ids["account"])
    if not emails.files(session, account, organisation_id, now):
        return emails.DEPARTED
    return outbox.mail_from_template(f"declarations/emails/{kind}", {**context, "account": account})
