"""What leaves, once, whatever the server answers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from portal.outbox import SmtpSettings, deliver
from portal.outbox.rules import GIVEN_UP_AFTER
from portal.storage import unit_of_work
from portal.vocabulary import MessageState
from tests.outbox.conftest import Promising, messages, promise_greeting
from tests.outbox.postbox import ACCEPTED, Postbox

pytestmark = pytest.mark.usefixtures("fresh_engine")

HOUR = timedelta(hours=1)


def test_a_promise_leaves_once(postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(3)
    assert deliver(postbox.settings(), now) == {MessageState.SENT: 3}
    assert deliver(postbox.settings(), now + HOUR) == {}
    assert sorted(postbox.recipients) == [f"personne-{number}@structure.example" for number in range(3)]
    assert {message.state for message in messages()} == {MessageState.SENT}
    assert {message.result for message in messages()} == {ACCEPTED}


def test_one_connection_serves_a_whole_delivery(postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(12)
    deliver(postbox.settings(), now, batch=5)
    assert (len(postbox.received), postbox.connections) == (12, 1)


def test_no_connection_is_opened_for_nothing(postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(2, spared=1)
    assert deliver(postbox.settings(), now) == {MessageState.SPARED: 2}
    assert postbox.connections == 0
    assert {message.result for message in messages()} == {"le lot n’est plus publié"}


def test_what_leaves_is_dated_and_tells_programs_not_to_answer(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(1)
    deliver(postbox.settings(), now)
    (mail,) = postbox.received
    assert mail["From"] == "Amont <ne-pas-repondre@amont.example>"
    assert mail["To"] == "personne-0@structure.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == messages()[0].message_id
    assert abs(mail["Date"].datetime - now) < timedelta(seconds=30)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().rstrip() for part in mail.iter_parts()] == ["Un texte.", "<p>Un texte.</p>"]


def test_a_passing_refusal_is_tried_again_later(postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(2)
    postbox.at_rcpt["personne-0@structure.example"].append("451 Greylisted, come back later")
    assert deliver(postbox.settings(), now) == {MessageState.PROMISED: 1, MessageState.SENT: 1}
    refused = messages()[0]
    assert (refused.has_failed, refused.result) == (True, "451 Greylisted, come back later")
    assert now + timedelta(minutes=1) <= refused.next_at <= now + timedelta(minutes=2)
    assert deliver(postbox.settings(), now + timedelta(seconds=30)) == {}
    assert deliver(postbox.settings(), refused.next_at) == {MessageState.SENT: 1}
    assert Counter(postbox.recipients) == {f"personne-{number}@structure.example": 1 for number in range(2)}


@pytest.mark.parametrize("step", ["at_rcpt", "at_data"])
def test_a_final_refusal_is_given_up_and_blocks_nobody(
    postbox: Postbox, promise_greetings: Promising, now: datetime, step: str
) -> None:
    promise_greetings(3)
    getattr(postbox, step)["personne-1@structure.example"].append("550 No such mailbox")
    assert deliver(postbox.settings(), now) == {MessageState.SENT: 2, MessageState.GIVEN_UP: 1}
    assert (messages()[1].state, messages()[1].result) == (MessageState.GIVEN_UP, "550 No such mailbox")
    assert deliver(postbox.settings(), now + HOUR) == {}


def test_a_dead_server_stops_the_delivery_and_loses_nothing(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(3)
    nobody_listens = postbox.settings(port=9)
    assert deliver(nobody_listens, now) == {MessageState.PROMISED: 1}
    tried, *untouched = messages()
    assert "ConnectionRefusedError" in (tried.result or "")
    assert [(message.state, message.attempts, message.result) for message in untouched] == [
        (MessageState.PROMISED, 0, None)
    ] * 2
    assert deliver(postbox.settings(), now) == {MessageState.SENT: 2}
    assert deliver(postbox.settings(), now + HOUR) == {MessageState.SENT: 1}


@pytest.mark.parametrize("answer", ["421 Closing, too many messages", "550 Sender address refused"])
def test_trouble_that_is_not_the_message_s_own_gives_nothing_up(
    postbox: Postbox, promise_greetings: Promising, now: datetime, answer: str
) -> None:
    promise_greetings(3)
    postbox.at_mail.append(answer)
    assert deliver(postbox.settings(), now) == {MessageState.PROMISED: 1}
    assert answer in (messages()[0].result or "")
    assert deliver(postbox.settings(), now + HOUR) == {MessageState.SENT: 3}


@pytest.mark.parametrize("step", ["at_rcpt", "at_data"])
def test_a_server_that_closes_is_left_alone(
    postbox: Postbox, promise_greetings: Promising, now: datetime, step: str
) -> None:
    promise_greetings(3)
    getattr(postbox, step)["personne-1@structure.example"].append("421 Closing")
    assert deliver(postbox.settings(), now) == {MessageState.SENT: 1, MessageState.PROMISED: 1}
    assert [message.attempts for message in messages()] == [1, 1, 0]


def test_a_message_too_large_for_the_server_is_given_up(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(2)
    postbox.at_mail.append("552 Message too large")
    assert deliver(postbox.settings(), now) == {MessageState.GIVEN_UP: 1, MessageState.SENT: 1}


def test_a_message_is_tried_for_three_days(postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(1)
    dead = postbox.settings(port=9)
    instants = [now]
    while deliver(dead, instants[-1]) == {MessageState.PROMISED: 1}:
        instants.append(messages()[0].next_at)
    delays = [later - earlier for earlier, later in pairwise(instants[:-1])]
    assert delays[:6] == sorted(delays[:6])
    assert max(delays) <= 1.25 * HOUR
    assert timedelta(0) <= instants[-1] - now - GIVEN_UP_AFTER < timedelta(minutes=1)
    given_up = messages()[0]
    assert (given_up.state, given_up.attempts) == (MessageState.GIVEN_UP, len(instants))
    assert "ConnectionRefusedError" in (given_up.result or "")


def test_a_composer_that_breaks_blocks_nobody_and_is_tried_again(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(1, broken=1)
    with unit_of_work() as session:
        promise_greeting(session, 1, now)
    assert deliver(postbox.settings(), now) == {MessageState.PROMISED: 1, MessageState.SENT: 1}
    assert messages()[0].result == "RuntimeError: the composer broke"


def test_a_kind_nobody_composes_waits_and_says_so(postbox: Postbox, now: datetime) -> None:
    with unit_of_work() as session:
        promise_greeting(session, 0, now)
        session.flush()
    with unit_of_work() as session:
        session.connection().exec_driver_sql("UPDATE message SET kind = 'nobody/knows'")
    assert deliver(postbox.settings(), now) == {MessageState.PROMISED: 1}
    assert messages()[0].result == "UnknownKind: nobody/knows"


def test_two_deliverers_at_once_send_each_message_once(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(200)
    with ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(deliver, postbox.settings(), now, 10) for _ in range(2)]
    counts = [half.result()[MessageState.SENT] for half in halves]
    assert sum(counts) == 200
    assert all(count > 0 for count in counts)
    assert len(set(postbox.recipients)) == len(postbox.recipients) == 200


def test_delivery_leaves_off_when_asked_and_gives_the_rest_back(
    postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(5)
    counts = deliver(postbox.settings(), now, stopping=lambda: len(postbox.received) == 2)
    assert counts == {MessageState.SENT: 2}
    assert [(message.state, message.leased_by) for message in messages()[2:]] == [(MessageState.PROMISED, None)] * 3
    assert deliver(postbox.settings(), now) == {MessageState.SENT: 3}


def test_a_slow_server_holds_no_lock(fresh_engine: Engine, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(2)
    with Postbox(slowness=0.5) as slow, ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(deliver, slow.settings(), now)
        while not slow.being_sent:
            assert not delivery.done()
        with unit_of_work() as session:
            promise_greeting(session, 7, now)
        assert not slow.received, "the writer committed while the server was still thinking"
        assert delivery.result() == {MessageState.SENT: 3}


def test_a_server_that_never_answers_is_trouble_after_the_time_out(promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(1)
    with Postbox(slowness=1.0) as slow:
        impatient: SmtpSettings = slow.settings(timeout_seconds=0.2)
        assert deliver(impatient, now) == {MessageState.PROMISED: 1}
    assert "timed out" in (messages()[0].result or "")
