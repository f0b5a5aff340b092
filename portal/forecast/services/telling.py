"""The mails of a legal check, promised in the act that gives rise to them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.forecast import queries
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import MessageKind, Role


def ask_check(session: Session, project: Project, *, actor: Actor, now: datetime) -> int:
    """Tell the legal department; without one, the colleagues who may check. How many people."""
    return _promise(session, MessageKind.CHECK_ASKED, project, checkers(session, project, now), actor, now)


def tell_checked(session: Session, project: Project, *, actor: Actor, now: datetime) -> int:
    """Tell who last wrote the project: checked and ready, or given back."""
    try:
        writer = [accounts.account(session, project.writer_id or 0)]
    except NotFound:
        writer = []
    return _promise(session, MessageKind.CHECK_DONE, project, writer, actor, now)


def checkers(session: Session, project: Project, now: datetime) -> list[Account]:
    """Who is asked to check: legal people, else purchasing when the buyer leaves it to them too."""
    legal = accounts.accounts_holding(session, project.buyer_id, Role.LEGAL, now)
    if legal or queries.settings_of(session, project.buyer_id).legal_checks_only:
        return legal
    return accounts.accounts_holding(session, project.buyer_id, Role.PURCHASING, now)


def _promise(
    session: Session, kind: MessageKind, project: Project, people: Iterable[Account], actor: Actor, now: datetime
) -> int:
    promises = [
        Promise(
            person.email,
            {"project": project.id, "account": person.id},
            f"{kind.value}:{project.id}:{project.version}:{person.id}",
        )
        for person in people
        if person.id != actor.account_id
    ]
    promise_each(session, kind.value, promises, now=now)
    return len(promises)
