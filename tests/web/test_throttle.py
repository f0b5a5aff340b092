"""Attempts are counted in the database, whichever thread or process they come through."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from portal.kernel.errors import TooMany
from portal.web.throttle import count_attempt

WINDOW = timedelta(minutes=15)


@pytest.mark.usefixtures("connection")
def test_the_attempt_beyond_the_limit_is_told_when_to_come_back(now: datetime) -> None:
    for _ in range(3):
        count_attempt("sign-in", "someone", limit=3, window=WINDOW, now=now)
    with pytest.raises(TooMany) as refusal:
        count_attempt("sign-in", "someone", limit=3, window=WINDOW, now=now)
    assert 0 < refusal.value.retry_after <= WINDOW.total_seconds() + 1


@pytest.mark.usefixtures("connection")
def test_another_subject_another_scope_or_the_next_window_count_apart(now: datetime) -> None:
    count_attempt("sign-in", "someone", limit=1, window=WINDOW, now=now)
    count_attempt("sign-in", "someone else", limit=1, window=WINDOW, now=now)
    count_attempt("reset", "someone", limit=1, window=WINDOW, now=now)
    count_attempt("sign-in", "someone", limit=1, window=WINDOW, now=now + WINDOW)


def test_attempts_at_once_never_exceed_the_limit(fresh_engine: Engine, now: datetime) -> None:
    def attempt(_: int) -> bool:
        try:
            count_attempt("sign-in", "someone", limit=5, window=WINDOW, now=now)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(24))) == 5
