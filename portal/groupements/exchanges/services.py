"""Say something in the room. The journal tells nothing of it: the thread itself is append-only."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.groupements import policies, queries
from portal.groupements.models import Groupement, Word
from portal.groupements.services import telling
from portal.groupements.services.base import lock
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import GroupementState, MessageKind


def say(session: Session, groupement: Groupement, text: str, *, actor: Actor, now: datetime) -> Word:
    """Write to the others. Raises NotFound for who is no longer inside, RuleViolation once the groupement has ended."""
    lock(session, groupement)
    place = policies.place_of(actor, groupement, now)
    if place is None or not place.is_inside:
        raise NotFound
    ensure_open(groupement.state)
    if not text.strip():
        raise RuleViolation("Écrivez quelque chose aux autres membres.", "text")
    word = Word(
        groupement_id=groupement.id,
        at=now,
        account_id=actor.account_id,
        by_label=actor.label[:300],
        organisation_label=(actor.organisation_name or "")[:300],
        text=text,
    )
    session.add(word)
    session.flush()
    _tell(session, groupement, word, actor=actor, now=now)
    return word


def ensure_open(state: GroupementState) -> None:
    if state not in queries.RUNNING:
        raise RuleViolation("Ce groupement a pris fin : on n’y écrit plus.")


def _tell(session: Session, groupement: Groupement, word: Word, *, actor: Actor, now: datetime) -> None:
    """At most one mail a Paris day and person, whatever is written in all their rooms; the words stay on the portal."""
    kind = MessageKind.GROUPEMENT_WORDS
    inside = {id_ for id_ in telling.everyone(groupement) if id_ is not None}
    promises = {
        account.id: Promise(
            account.email,
            {"groupement": groupement.id, "organisation": organisation_id, "account": account.id, "word": word.id},
            f"{kind}:{account.id}:{clock.paris_date(now).isoformat()}",
        )
        for organisation_id, account in queries.people_of(session, inside, now)
        if account.id != actor.account_id
    }
    promise_each(session, kind, promises.values(), now=now)
