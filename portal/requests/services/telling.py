"""The journal and the mails of a request. The journal is read by administrators: it never tells a budget."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.accounts.queries import accounts_holding
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.outbox import Promise
from portal.requests.models import PurchaseRequest
from portal.vocabulary import Event, MessageKind, Role


def record(session: Session, event: Event, request: PurchaseRequest, *, actor: Actor, now: datetime) -> None:
    journal.record(session, event, ("purchase_request", request.id, request.title), actor=actor, at=now)


def tell_purchasing(session: Session, request: PurchaseRequest, *, actor: Actor, now: datetime) -> None:
    """One mail to each of the buyer's purchasing people, but to who files."""
    people = accounts_holding(session, request.buyer_id, Role.PURCHASING, now)
    promises = [_promise(MessageKind.REQUEST_FILED, request, each) for each in people if each.id != actor.account_id]
    outbox.promise_each(session, MessageKind.REQUEST_FILED, promises, now=now)


def tell_author(session: Session, request: PurchaseRequest, *, actor: Actor, now: datetime) -> None:
    if request.account_id == actor.account_id:
        return
    author = session.get_one(Account, request.account_id)
    promised = _promise(MessageKind.REQUEST_ANSWERED, request, author)
    outbox.promise_each(session, MessageKind.REQUEST_ANSWERED, [promised], now=now)


def _promise(kind: MessageKind, request: PurchaseRequest, account: Account) -> Promise:
    ids: dict[str, int | str] = {"request": request.id, "account": account.id, "state": request.state.value}
    return Promise(account.email, ids, f"{kind}:{request.id}:{request.version}:{account.id}")
