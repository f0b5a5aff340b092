"""A message belongs to one deliverer at a time."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.outbox.leases import Outcome, claim, release, settle
from portal.outbox.models import Message
from portal.outbox.smtp import Verdict
from portal.vocabulary import MessageState
from tests.outbox.conftest import promise_greeting

SENT = Outcome(Verdict.ACCEPTED, "250 OK")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def promised(session: Session, now: datetime) -> list[int]:
    for number in range(3):
        promise_greeting(session, number, now - number * MINUTE)
    return [message.id for message in session.query(Message).order_by(Message.next_at)]


def _claimed(session: Session, holder: str, at: datetime, limit: int = 10) -> list[Message]:
    return claim(session, holder, now=at, until=at + MINUTE, limit=limit)


def test_the_message_due_longest_goes_first(session: Session, promised: list[int], now: datetime) -> None:
    assert [message.id for message in _claimed(session, "a", now, limit=2)] == promised[:2]
    assert [message.id for message in _claimed(session, "b", now)] == promised[2:]


def test_what_is_not_due_waits(session: Session, promised: list[int], now: datetime) -> None:
    assert len(_claimed(session, "a", now - MINUTE)) == 2


def test_an_expired_lease_is_taken_over_and_its_first_holder_settles_nothing(
    session: Session, promised: list[int], now: datetime
) -> None:
    (slow, *_) = _claimed(session, "slow", now)
    assert not _claimed(session, "quick", now + MINUTE / 2)
    assert len(_claimed(session, "quick", now + MINUTE)) == 3
    assert settle(session, "slow", slow, SENT, now=now) is None
    release(session, "slow", [slow])
    session.expire_all()
    assert (slow.state, slow.leased_by, slow.result) == (MessageState.LEASED, "quick", None)
    assert settle(session, "quick", slow, SENT, now=now) is MessageState.SENT
    assert settle(session, "quick", slow, SENT, now=now) is None


def test_a_released_message_is_as_if_it_had_not_been_claimed(
    session: Session, promised: list[int], now: datetime
) -> None:
    release(session, "a", _claimed(session, "a", now))
    session.expire_all()
    assert [message.id for message in _claimed(session, "b", now)] == promised
