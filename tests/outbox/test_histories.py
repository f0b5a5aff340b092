"""Whatever happens, in whatever order: a settled message never leaves again, and none is lost."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, event

from portal.outbox import deliver
from portal.outbox.models import Message
from portal.outbox.rules import GIVEN_UP_AFTER
from portal.storage import unit_of_work
from portal.vocabulary import MessageState
from tests.outbox.conftest import messages, promise_greeting
from tests.outbox.postbox import Postbox

NUMBERS = st.integers(0, 5)
REFUSALS = st.sampled_from(["451 Later", "550 Never", "421 Closing"])


class Killed(BaseException):
    """The process is gone before its transaction could commit."""


class History(RuleBasedStateMachine):
    engine: Engine
    postbox: Postbox
    start: datetime

    @initialize()
    def nothing_promised(self) -> None:
        with unit_of_work() as session:
            session.execute(delete(Message))
        self.now = self.start
        self.promised: set[int] = set()
        self.killed_after_sending: Counter[str] = Counter()
        self.sent_when_settled: dict[int, int] = {}
        self.postbox.received.clear()
        for answers in (self.postbox.at_rcpt, self.postbox.at_data):
            answers.clear()

    @rule(number=NUMBERS)
    def promise(self, number: int) -> None:
        with unit_of_work() as session:
            assert promise_greeting(session, number, self.now) == (number not in self.promised)
        self.promised.add(number)

    @rule(number=NUMBERS, answer=REFUSALS, step=st.sampled_from(["at_rcpt", "at_data"]))
    def refuse_next(self, number: int, answer: str, step: str) -> None:
        getattr(self.postbox, step)[_address(number)].append(answer)

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(batch=st.integers(1, 4))
    def deliver(self, batch: int) -> None:
        deliver(self.postbox.settings(), self.now, batch)

    @rule(batch=st.integers(1, 4), survives=st.integers(0, 3))
    def deliver_and_be_killed_before_settling(self, batch: int, survives: int) -> None:
        before = len(self.postbox.received)
        if _killed_delivery(self.engine, survives, lambda: deliver(self.postbox.settings(), self.now, batch)):
            unsettled = {str(message.message_id) for message in messages() if message.settled_at is None}
            self.killed_after_sending.update(unsettled.intersection(_ids(self.postbox)[before:]))

    @rule(batch=st.integers(1, 4))
    def deliver_to_nobody(self, batch: int) -> None:
        deliver(self.postbox.settings(port=9), self.now, batch)

    @invariant()
    def nothing_leaves_twice_without_a_kill_in_between(self) -> None:
        for message_id, times in Counter(_ids(self.postbox)).items():
            assert times <= 1 + self.killed_after_sending[message_id]

    @invariant()
    def settled_messages_are_left_alone(self) -> None:
        times = Counter(_ids(self.postbox))
        for message in messages():
            if message.settled_at is not None:
                sent = times[message.message_id or ""]
                assert self.sent_when_settled.setdefault(message.id, sent) == sent

    def teardown(self) -> None:
        while any(message.settled_at is None for message in messages()):
            self.now += timedelta(hours=2)
            deliver(self.postbox.settings(), self.now)
        assert {int(message.dedupe_key.removeprefix("greeting:")) for message in messages()} == self.promised
        for message in messages():
            assert self._ended_well(message)

    def _ended_well(self, message: Message) -> bool:
        if message.state is MessageState.SENT:
            return message.message_id in _ids(self.postbox)
        too_old = self.now - message.created_at >= GIVEN_UP_AFTER
        return message.state is MessageState.GIVEN_UP and (message.result == "550 Never" or too_old)


def _address(number: int) -> str:
    return f"personne-{number}@structure.example"


def _ids(postbox: Postbox) -> list[str]:
    return [str(mail["Message-ID"]) for mail in postbox.received]


def _killed_delivery(engine: Engine, survives: int, delivery: Any) -> bool:
    """Run a delivery whose process dies when it settles a message, after having settled `survives` of them."""
    settled = 0

    def kill(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal settled
        if statement.startswith("UPDATE message") and "attempts" in statement:
            if settled == survives:
                raise Killed
            settled += 1

    event.listen(engine, "before_cursor_execute", kill)
    try:
        delivery()
    except Killed:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", kill)
    return False


def test_any_history(fresh_engine: Engine, postbox: Postbox, now: datetime) -> None:
    machine = type("HistoryHere", (History,), {"engine": fresh_engine, "postbox": postbox, "start": now})
    run_state_machine_as_test(machine, settings=settings(max_examples=10, stateful_step_count=20))


@pytest.mark.slow
def test_many_histories(fresh_engine: Engine, postbox: Postbox, now: datetime) -> None:
    machine = type("HistoryHere", (History,), {"engine": fresh_engine, "postbox": postbox, "start": now})
    run_state_machine_as_test(machine, settings=settings(max_examples=300, stateful_step_count=40))
