"""Whether the buyer reads who prepares: the choice of whoever holds the pen, told to the members, until the filing."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.groupements import policies
from portal.groupements.buyer import rules
from portal.groupements.models import Groupement
from portal.groupements.services.base import lock, record
from portal.groupements.services.telling import everyone, tell
from portal.kernel.actor import Actor
from portal.storage import ensure_current
from portal.vocabulary import Event, MessageKind


def name_to_buyer(
    session: Session, groupement: Groupement, named: bool, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Let the buyer read the groupement's name and members, or totals only again. No agreement falls."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_may_be_named(groupement.state)
    groupement.named_to_buyer = named
    kind = MessageKind.GROUPEMENT_NAMED.value
    tell(session, kind, groupement, everyone(groupement), ids={"named": int(named)}, actor=actor, now=now)
    record(session, Event.GROUPEMENT_EDITED, groupement, actor=actor, now=now, after={"named_to_buyer": named})
