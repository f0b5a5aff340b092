"""The mails of a groupement, promised in the act that gives rise to them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

from sqlalchemy.orm import Session

from portal import outbox
from portal.groupements import queries
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import Actor
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import MemberRole, MessageKind

INVITATION = "groupements.invitation"
INVITATION_ANSWERED = "groupements.invitation_answered"
REQUEST = "groupements.request"
REQUEST_ANSWERED = "groupements.request_answered"
AGREEMENT = "groupements.agreement"
SEALED = "groupements.sealed"
DEPARTURE = "groupements.departure"
ENDED = "groupements.ended"

Ids = Mapping[str, int | str]


class Reached(Enum):
    """Whom an invitation reaches."""

    PEOPLE = "people"
    CONTACT = "contact"
    """Nobody there has an account: the public address of the directory."""
    NOBODY = "nobody"


def tell(
    session: Session,
    kind: str,
    groupement: Groupement,
    organisation_ids: Iterable[int | None],
    *,
    ids: Ids | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Promise the mail to whoever speaks for these organisations, but to who acts; how many people."""
    wanted = {id_ for id_ in organisation_ids if id_ is not None}
    promises = {
        account.id: Promise(
            account.email,
            {**(ids or {}), "groupement": groupement.id, "account": account.id, "organisation": organisation_id},
            f"{kind}:{groupement.id}:{groupement.version}:{organisation_id}:{account.id}",
        )
        for organisation_id, account in queries.people_of(session, wanted, now)
        if account.id != actor.account_id
    }
    promise_each(session, kind, promises.values(), now=now)
    return len(promises)


def tell_invited(session: Session, groupement: Groupement, member: Member, *, actor: Actor, now: datetime) -> Reached:
    ids = {"member": member.id}
    if tell(session, INVITATION, groupement, [member.organisation_id], ids=ids, actor=actor, now=now):
        return Reached.PEOPLE
    address = member.organisation.contact_email
    if not address:
        return Reached.NOBODY
    outbox.promise(
        session,
        INVITATION,
        recipient=address,
        ids={**ids, "groupement": groupement.id, "organisation": member.organisation_id},
        dedupe_key=f"{INVITATION}:{groupement.id}:{groupement.version}:contact",
        now=now,
    )
    return Reached.CONTACT


def remind_invited(session: Session, groupement: Groupement, member_id: int, *, now: datetime) -> int:
    """Remind an invitation to each person once; renewed, it has another end and is reminded again. How many people."""
    member = next(each for each in groupement.members if each.id == member_id)
    if not queries.is_awaited(groupement, member, now) or member.expires_at is None:
        return 0
    kind, ends = MessageKind.GROUPEMENT_INVITATION_ENDS, int(member.expires_at.timestamp())
    ids = {"groupement": groupement.id, "member": member.id, "organisation": member.organisation_id}
    promises = [
        Promise(account.email, {**ids, "account": account.id}, f"{kind}:{member.id}:{ends}:{account.id}")
        for _, account in queries.people_of(session, {member.organisation_id}, now)
    ]
    return len(promise_each(session, kind, promises, now=now))


def leaders(groupement: Groupement) -> set[int | None]:
    mandataire = (each.organisation_id for each in groupement.members if each.role is MemberRole.MANDATAIRE)
    return {*mandataire, groupement.network_id}


def everyone(groupement: Groupement) -> set[int | None]:
    """The members, and the network that coordinates."""
    return {*(each.organisation_id for each in groupement.members if each.state in ACTIVE), groupement.network_id}
