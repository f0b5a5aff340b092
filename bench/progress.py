"""Says how far long work is, on standard error: the tables alone go to standard output."""

import sys
import time
from typing import TextIO

_EVERY_SECONDS_ON_A_TERMINAL = 0.2
_EVERY_SECONDS_IN_A_FILE = 10.0


class Progress:
    """One line that moves on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._to = to or sys.stderr
        self._moves = self._to.isatty()
        self._every = _EVERY_SECONDS_ON_A_TERMINAL if self._moves else _EVERY_SECONDS_IN_A_FILE
        self._said_at = time.monotonic()

    def say(self, sentence: str) -> None:
        """A step begins or ends."""
        print(f"{sentence}{' ' * 30 if self._moves else ''}", file=self._to, flush=True)
        self._said_at = time.monotonic()

    def tell(self, what: str, done: int, of: int) -> None:
        """To call as often as one likes."""
        now = time.monotonic()
        if now - self._said_at >= self._every:
            self._said_at = now
            end = "\r" if self._moves else "\n"
            print(f"  {what}: {done:,} of {of:,} ({100 * done // max(of, 1)} %)   ", end=end, file=self._to, flush=True)
