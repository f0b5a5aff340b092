"""What the verbs of a groupement share: nobody else changes it meanwhile, the journal keeps the act.

The journal is read by administrators, to whom a groupement's room is closed: it never tells parts, tasks, messages.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal import journal
from portal.groupements import translation
from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.storage import touch
from portal.vocabulary import Event, MemberState

_COLUMNS = ("version", "state", "form", "asked_number", "network_id", "open_to_requests")


def lock(session: Session, groupement: Groupement) -> None:
    """Read the groupement and its members as they stand; nobody else changes them before the commit."""
    session.flush()
    session.refresh(groupement, attribute_names=_COLUMNS, with_for_update={"key_share": True})
    members = select(Member).where(Member.groupement_id == groupement.id).options(lazyload(Member.organisation))
    session.scalars(members.execution_options(populate_existing=True)).all()
    session.expire(groupement, ["members", "agreements", "tasks"])


def hold(session: Session, groupement: Groupement) -> None:
    """Lock it and take its next version, for an act that no form of the whole carries."""
    lock(session, groupement)
    touch(groupement)


def facts(groupement: Groupement, now: datetime) -> GroupementFacts:
    return translation.facts_of(groupement, now)


def facts_of_member(groupement: Groupement, member: Member, now: datetime) -> MemberFacts:
    return next(each for each in facts(groupement, now).members if each.public_id == member.public_id)


def fall(groupement: Groupement) -> None:
    """What members had accepted is no longer what the groupement is: a new agreement will be asked."""
    groupement.asked_number = None
    for member in groupement.members:
        if member.state is MemberState.ACCEPTED:
            member.state = MemberState.JOINED


def member_called(groupement: Groupement, public_id: str) -> Member:
    """Raises NotFound."""
    found = next((member for member in groupement.members if member.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def record(
    session: Session,
    event: Event,
    groupement: Groupement,
    *,
    actor: Actor,
    now: datetime,
    after: Mapping[str, Any] | None = None,
) -> None:
    subject = ("groupement", groupement.id, groupement.name)
    journal.record(session, event, subject, actor=actor, at=now, after=after)
