"""What was told of a project by message, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alerts.models import Alert
from portal.outbox.models import Message
from portal.vocabulary import AlertKind, MessageState


@dataclass(frozen=True)
class Delivery:
    """One thing told to one person, for one organisation. Whose they are is for who keeps the journal alone."""

    subject: str
    kind: AlertKind
    account_id: int
    organisation_id: int
    told_at: datetime | None
    state: MessageState
    settled_at: datetime | None


def told_of(session: Session, project_id: int) -> Sequence[Delivery]:
    """All that messages told of a project to its followers, in order. One statement."""
    told = (
        select(
            Alert.subject,
            Alert.kind,
            Alert.account_id,
            Alert.organisation_id,
            Alert.told_at,
            Message.state,
            Message.settled_at,
        )
        .join(Message, Message.dedupe_key == Alert.message_key)
        .where(Alert.project_id == project_id, Alert.kind != AlertKind.NEW_LOTS)
        .order_by(Alert.told_at, Alert.id)
    )
    return [Delivery(*row) for row in session.execute(told)]
