"""When a message that could not leave is tried again, and when it no longer is; what an address may hold."""

import hashlib
import re
import unicodedata
from datetime import datetime, timedelta

GIVEN_UP_AFTER = timedelta(days=3)
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=1)
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*", re.ASCII)
_LONGEST_ADDRESS = 254


def delay_after(attempt: int, key: str) -> timedelta:
    """How long to wait after the `attempt`-th failure: doubling from a minute to an hour, plus up to a quarter.

    The part that spreads messages out is drawn from `key` and `attempt`, so that it can be told beforehand.
    """
    doubled: timedelta = min(_FIRST_DELAY * 2 ** min(attempt - 1, 16), _LONGEST_DELAY)
    drawn = int.from_bytes(hashlib.sha256(f"{key}:{attempt}".encode()).digest()[:4]) / 2**32
    return doubled * (1 + drawn / 4)


def next_attempt_at(promised_at: datetime, attempt: int, key: str, now: datetime) -> datetime | None:
    """When to try again after the `attempt`-th failure, at `now`; None once the message is to be given up.

    The last attempt falls at the very end of the time allowed.
    """
    end = promised_at + GIVEN_UP_AFTER
    return None if now >= end else min(now + delay_after(attempt, key), end)


def ensure_one_line(text: str) -> str:
    """Raises ValueError if `text` holds a control character or a line break, with which one could add a header."""
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("a header holds one line")
    return text


def ensure_address(text: str) -> str:
    """Raises ValueError unless `text` is one plain ASCII address: no name, no list, no line break."""
    if len(text) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise ValueError("not an e-mail address")
    return text
