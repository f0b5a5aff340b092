"""A process killed in the middle of a delivery loses nothing."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from config import ROOT
from portal.outbox import deliver
from portal.vocabulary import MessageState
from tests.outbox.conftest import Promising, messages
from tests.outbox.postbox import Postbox

LEASE = timedelta(minutes=5)


@pytest.mark.slow
def test_what_a_killed_process_held_leaves_after_its_lease_under_the_same_message_id(
    fresh_engine: Engine, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(6)
    url = fresh_engine.url.render_as_string(hide_password=False)
    with Postbox(slowness=0.4) as postbox:
        command = [sys.executable, "-m", "tests.outbox.deliverer", url, str(postbox.settings().port), now.isoformat()]
        with subprocess.Popen(command, cwd=ROOT) as killed:
            _wait_until(lambda: postbox.being_sent == 3)
            killed.kill()
        _wait_until(lambda: len(postbox.received) == 3)
        assert Counter(message.state for message in messages()) == {MessageState.SENT: 2, MessageState.LEASED: 4}
        assert deliver(postbox.settings(), now + timedelta(minutes=1)) == {}
        assert deliver(postbox.settings(), now + LEASE) == {MessageState.SENT: 4}
    sent_twice = messages()[2]
    times = Counter(mail["Message-ID"] for mail in postbox.received)
    assert times == {message.message_id: 2 if message.id == sent_twice.id else 1 for message in messages()}


def _wait_until(reached: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.01)
