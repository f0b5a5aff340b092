"""Who is told of a change: the buyer's purchasing people, and those inside the groupement."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.queries import accounts_holding
from portal.groupements.models import CompositionChange, Groupement
from portal.groupements.services.telling import everyone, tell
from portal.kernel.actor import Actor
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import MessageKind, Role

concerned = everyone


def tell_asked(session: Session, change: CompositionChange, *, actor: Actor, now: datetime) -> None:
    """The buyer is asked; the members are told what was asked in their name."""
    kind, groupement = MessageKind.GROUPEMENT_CHANGE_ASKED, change.groupement
    people = accounts_holding(session, groupement.project.buyer_id, Role.PURCHASING, now)
    promises = [
        Promise(
            each.email,
            {"groupement": groupement.id, "change": change.id, "account": each.id},
            f"{kind}:{change.id}:{each.id}",
        )
        for each in people
    ]
    promise_each(session, kind, promises, now=now)
    _tell(session, kind, groupement, concerned(groupement), change, actor=actor, now=now)


def tell_decided(
    session: Session, change: CompositionChange, members: Iterable[int | None], *, actor: Actor, now: datetime
) -> None:
    """To those who were inside before it, the leaver included."""
    kind = MessageKind.GROUPEMENT_CHANGE_DECIDED
    _tell(session, kind, change.groupement, members, change, actor=actor, now=now)


def _tell(
    session: Session,
    kind: MessageKind,
    groupement: Groupement,
    members: Iterable[int | None],
    change: CompositionChange,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    tell(session, kind.value, groupement, members, ids={"change": change.id}, actor=actor, now=now)
