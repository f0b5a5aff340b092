"""The mails of a request, composed when they leave: only to who may still read it, only if they are still true."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.accounts.queries import accounts_holding, memberships_between
from portal.outbox import Mail, Spared
from portal.requests import queries
from portal.requests.models import PurchaseRequest
from portal.vocabulary import PERMISSIONS_OF, MessageKind, Permission, RequestState, Role

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne ne travaille plus pour cet acheteur")
_OVER = Spared("ce n’est plus d’actualité")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(MessageKind.REQUEST_FILED, filed)
    outbox.register(MessageKind.REQUEST_ANSWERED, answered)


def filed(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To purchasing: a request waits. The budget stays on the portal."""
    request = queries.by_id(session, int(ids["request"]))
    if request.state is not RequestState.FILED:
        return _OVER
    people = accounts_holding(session, request.buyer_id, Role.PURCHASING, now)
    return _mail("filed", request) if ids["account"] in {each.id for each in people} else _DEPARTED


def answered(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the author: taken, to complete, or no."""
    request = queries.by_id(session, int(ids["request"]))
    if request.state != ids["state"]:
        return _OVER
    account = session.get_one(Account, ids["account"])
    held = memberships_between(session, account.id, request.buyer_id, now)
    still = account.is_open and any(Permission.REQUEST_FILE in PERMISSIONS_OF[each.role] for each in held)
    return _mail("answered", request) if still else _DEPARTED


def _mail(name: str, request: PurchaseRequest) -> Mail:
    return outbox.mail_from_template(f"requests/emails/{name}", {"request": request})
