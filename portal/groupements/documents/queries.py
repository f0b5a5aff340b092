"""The documents of a groupement: who may read which. A member its own; whoever holds the pen, all of them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.groupements import policies
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member, MemberDocument
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


def of(session: Session, groupement: Groupement) -> dict[int, list[MemberDocument]]:
    """The documents asked of each member of the day, with their files, by member id. One statement."""
    found: dict[int, list[MemberDocument]] = {member.id: [] for member in groupement.members if member.state in ACTIVE}
    rows = session.scalars(
        select(MemberDocument)
        .where(MemberDocument.member_id.in_(found), MemberDocument.removed_at.is_(None))
        .options(joinedload(MemberDocument.file))
        .order_by(MemberDocument.id)
        .execution_options(populate_existing=True)
    )
    for document in rows:
        found[document.member_id].append(document)
    return found


def readable(
    session: Session, groupement: Groupement, actor: Actor, now: datetime
) -> list[tuple[Member, list[MemberDocument]]]:
    """Each member whose documents this actor may read, its own first."""
    documents = of(session, groupement)
    leads = policies.can_lead(actor, groupement, now)
    members = [each for each in groupement.members if each.id in documents]
    mine = sorted(members, key=lambda each: (each.organisation_id != actor.organisation_id, each.id))
    return [(each, documents[each.id]) for each in mine if leads or each.organisation_id == actor.organisation_id]


def called(
    session: Session, groupement: Groupement, public_id: str, actor: Actor, now: datetime
) -> tuple[Member, MemberDocument]:
    """One of those. Raises NotFound for any other."""
    for member, documents in readable(session, groupement, actor, now):
        for document in documents:
            if document.public_id == public_id:
                return member, document
    raise NotFound


def own(
    session: Session, groupement: Groupement, public_id: str, actor: Actor, now: datetime
) -> tuple[Member, MemberDocument]:
    """One that the actor's own organisation is asked. Raises NotFound for any other, whoever holds the pen included."""
    member, document = called(session, groupement, public_id, actor, now)
    if member.organisation_id != actor.organisation_id:
        raise NotFound
    return member, document
