"""Says how far a long import is, on standard error: a line that moves on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from portal.kernel.french import plural, typo

_EVERY_SECONDS_ON_A_TERMINAL = 0.2
_EVERY_SECONDS_IN_A_FILE = 10.0
_WIDTH = 24
_CLEARED = "\r\x1b[K"


class Bar:
    """« decp.json, lecture [#####-------] 43 %, encore 2 minutes »."""

    def __init__(self, name: str, to: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = self._name = name
        self._to = to or sys.stderr
        self._clock = clock
        self._moves = self._to.isatty()
        self._every = _EVERY_SECONDS_ON_A_TERMINAL if self._moves else _EVERY_SECONDS_IN_A_FILE
        self._began_at = self._said_at = clock()
        self._began_with: int | None = None

    def phase(self, name: str) -> None:
        """Another phase begins, whose time has nothing to do with the former's."""
        self._label, self._began_at, self._began_with = f"{self._name}, {name}", self._clock(), None

    def say(self, sentence: str) -> None:
        """A sentence that stays."""
        self._write(f"{_CLEARED if self._moves else ''}{typo(sentence)}\n")

    def tell(self, done: int, of: int) -> None:
        """To call as often as one likes."""
        now = self._clock()
        if self._began_with is None:
            self._began_with = done
        if now - self._said_at >= self._every:
            self._said_at = now
            share = min(done / max(of, 1), 1.0)
            told = typo(f"{self._label} {self._drawn(share)}{100 * share:.0f} %{self._left(done, of, now)}")
            self._write(f"{_CLEARED}{told}" if self._moves else f"{told}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._moves:
            self._write(_CLEARED)

    def _drawn(self, share: float) -> str:
        full = round(_WIDTH * share)
        return f"[{'#' * full}{'-' * (_WIDTH - full)}] " if self._moves else ": "

    def _left(self, done: int, of: int, now: float) -> str:
        """Reckoned from what this process did of this phase: an import that was taken up did the rest long ago."""
        mine = done - (self._began_with or 0)
        if mine <= 0 or done >= of:
            return ""
        seconds = (now - self._began_at) * (of - done) / mine
        if seconds < 60:
            return f", encore {plural(max(round(seconds), 1), 'seconde')}"
        return f", encore {plural(round(seconds / 60), 'minute')}"

    def _write(self, text: str) -> None:
        self._to.write(text)
        self._to.flush()
