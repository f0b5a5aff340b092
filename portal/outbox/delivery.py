"""Deliver what is due: claim with a lease, compose, send outside any transaction, settle one by one.

A process that dies in between leaves its lease to expire; whoever claims the message next sends it under the same
Message-ID.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

import structlog

from portal.outbox.composing import Spared, compose
from portal.outbox.leases import Outcome, claim, release, settle
from portal.outbox.models import Message
from portal.outbox.smtp import Courier, ServerTrouble, SmtpSettings, Verdict
from portal.outbox.writing import new_message_id, written
from portal.storage import reading, unit_of_work
from portal.vocabulary import MessageState

LONGEST_RUN = timedelta(minutes=1)
_WAITS_IN_ONE_SEND = 6
"""Connection, greeting, sender, recipient, content, reset: each may last the whole time-out."""

log = structlog.get_logger()


def _never() -> bool:
    return False


def deliver(
    settings: SmtpSettings, now: datetime, batch: int = 50, *, stopping: Callable[[], bool] = _never
) -> Counter[MessageState]:
    """Send what is due at `now`, for a minute at most or until `stopping`; counts messages by the state they end in.

    A message to be tried again counts as promised. When the server is the matter, the rest waits for the next call.
    """
    with Courier(settings) as courier:
        return _Delivery(settings, courier, now, stopping).run(batch)


class _Delivery:
    def __init__(
        self, settings: SmtpSettings, courier: Courier, started_at: datetime, stopping: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._courier = courier
        self._stopping = stopping
        self._holder = uuid4().hex
        self._started_at = started_at
        self._since = monotonic()
        self._server_answers = True
        self._counts: Counter[MessageState] = Counter()

    def run(self, batch: int) -> Counter[MessageState]:
        while self._may_go_on() and (messages := self._claimed(batch)):
            while messages and self._may_go_on():
                self._deliver(messages.pop(0))
            if messages:
                self._release(messages)
        return self._counts

    def _may_go_on(self) -> bool:
        return self._server_answers and not self._stopping() and self._now() < self._started_at + LONGEST_RUN

    def _now(self) -> datetime:
        """The caller's instant, moved on by the time spent since."""
        return self._started_at + timedelta(seconds=monotonic() - self._since)

    def _claimed(self, batch: int) -> list[Message]:
        with unit_of_work() as session:
            messages = claim(session, self._holder, now=self._now(), until=self._lease_end(), limit=batch)
            for message in messages:
                message.message_id = message.message_id or new_message_id(self._settings.sender)
        return messages

    def _lease_end(self) -> datetime:
        """Later than the last message of this run can possibly be settled."""
        longest_send = timedelta(seconds=_WAITS_IN_ONE_SEND * self._settings.timeout_seconds)
        return self._started_at + LONGEST_RUN + 2 * longest_send

    def _deliver(self, message: Message) -> None:
        outcome = self._attempted(message)
        with unit_of_work() as session:
            state = settle(session, self._holder, message, outcome, now=self._now())
        if state is not None:
            self._counts[state] += 1

    def _release(self, messages: list[Message]) -> None:
        with unit_of_work() as session:
            release(session, self._holder, messages)

    def _attempted(self, message: Message) -> Outcome:
        try:
            content = self._composed(message)
        except Exception as error:  # whatever one composer does, other messages leave
            log.exception("message not composed", kind=message.kind, message=message.id)
            return Outcome(Verdict.LATER, f"{type(error).__name__}: {error}"[:500])
        if isinstance(content, Spared):
            return Outcome(Verdict.NEVER, content.reason, spared=True)
        return self._sent(content, message.recipient)

    def _composed(self, message: Message) -> bytes | Spared:
        now = self._now()
        with reading() as session:
            mail = compose(session, message.kind, message.ids, now)
        if isinstance(mail, Spared):
            return mail
        return written(
            mail,
            sender=self._settings.sender,
            recipient=message.recipient,
            message_id=message.message_id or new_message_id(self._settings.sender),
            now=now,
        )

    def _sent(self, content: bytes, recipient: str) -> Outcome:
        try:
            reply = self._courier.send(content, recipient)
        except ServerTrouble as trouble:
            log.warning("mail server in trouble", reason=str(trouble))
            self._server_answers = False
            return Outcome(Verdict.LATER, str(trouble))
        return Outcome(reply.verdict, reply.words)
