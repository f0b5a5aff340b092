"""The delivery, as the scheduler calls it."""

from collections.abc import Callable
from datetime import datetime

from portal.outbox import queries
from portal.outbox.delivery import deliver
from portal.outbox.smtp import SmtpSettings
from portal.storage import reading
from portal.vocabulary import MessageState

_LABELS = {
    MessageState.SENT: "envoyés",
    MessageState.SPARED: "devenus sans objet",
    MessageState.PROMISED: "à renvoyer plus tard",
    MessageState.GIVEN_UP: "abandonnés",
}


def delivery(settings: SmtpSettings, stopping: Callable[[], bool]) -> Callable[[datetime, bool], dict[str, int]]:
    """The job that sends due messages through `settings` and leaves off when `stopping`."""

    def deliver_due(now: datetime, dry_run: bool) -> dict[str, int]:
        if dry_run:
            with reading() as session:
                return {"à envoyer": queries.due_count(session, now)}
        counts = deliver(settings, now, stopping=stopping)
        return {label: counts[state] for state, label in _LABELS.items()}

    return deliver_due
