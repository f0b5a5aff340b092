"""People who post forms and post them again until they are answered, while what serves them is killed."""

import http.client
import os
import queue
import secrets
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from werkzeug.datastructures import MultiDict

from config import ROOT, Config
from tests.declarations.served import Answer, Person, environment_of, wait_for, web_server
from tests.forecast.pages import filled
from tests.journeys.conftest import free_port

_AWAY = (OSError, http.client.HTTPException)
_REST_SECONDS = 0.15
_PATIENCE_SECONDS = 120


@dataclass
class Web:
    """The portal in two workers, at the head of a process group of their own."""

    config: Config
    place: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        (self.place / "temporary").mkdir(parents=True, exist_ok=True)
        with (self.place / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                web_server(self.port, "--workers", "2", "--blocking-threads", "8", "--log-level", "warning"),
                cwd=ROOT,
                env=environment_of(self.config, self.place),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        wait_for(f"{self.url}/sante", self.place / "web.log")

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(web: Web) -> Iterator[Web]:
    web.start()
    try:
        web.wait()
        yield web
    finally:
        web.kill()


@dataclass
class Tally:
    """What was answered: where each form led, and how often it had to be sent again."""

    led: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[BaseException] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, path: str, location: str) -> None:
        with self._lock:
            assert path not in self.led
            self.led[path] = location

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


Filling = Callable[[Person, str, Tally], MultiDict[str, str]]


def on_its_page(**said: str) -> Filling:
    """Open the page and fill its form in."""

    def fill(person: Person, path: str, tally: Tally) -> MultiDict[str, str]:
        page: Any = _until_answered(partial(person.get, path), 200, tally, "pages asked again")
        return filled(page, **said)

    return fill


def at_once(person: Person, _path: str, _tally: Tally) -> MultiDict[str, str]:
    """The form of something never changed yet, from a page opened before: with a token of its own."""
    assert person.csrf_token
    return MultiDict({"csrf_token": person.csrf_token, "version": "1", "idempotency_token": secrets.token_urlsafe(16)})


def weather(
    paths: Sequence[str],
    people: Iterable[Person],
    fill: Filling,
    blows: Sequence[Callable[[], None]],
    every: int,
) -> Tally:
    """Each path's form is posted by somebody until it is answered; a blow falls each time `every` more of them are."""
    tally, waiting = Tally(), queue.SimpleQueue[str]()
    for path in paths:
        waiting.put(path)
    threads = [threading.Thread(target=_work, args=(person, waiting, fill, tally)) for person in people]
    for thread in threads:
        thread.start()
    struck = 0
    while any(thread.is_alive() for thread in threads):
        if len(tally.led) >= every * (struck + 1) and len(tally.led) < len(paths) - every // 2:
            blows[struck % len(blows)]()
            struck += 1
        time.sleep(0.02)
    tally.counts["kills"] = struck
    if tally.troubles:
        raise tally.troubles[0]
    return tally


def _work(person: Person, waiting: "queue.SimpleQueue[str]", fill: Filling, tally: Tally) -> None:
    try:
        while not tally.troubles:
            try:
                path = waiting.get_nowait()
            except queue.Empty:
                return
            answer = _sent(person, path, fill(person, path, tally), tally)
            tally.acknowledge(path, answer.location)
            person.answers.clear()
    except BaseException as trouble:
        tally.troubles.append(trouble)


def _sent(person: Person, path: str, fields: MultiDict[str, str], tally: Tally) -> Answer:
    return _until_answered(partial(person.post, path, fields), 302, tally, "forms sent again")


def _until_answered(ask: Callable[[], Answer], status: int, tally: Tally, again: str) -> Answer:
    """Whatever happens to the server, the same again. Only « away » may be said meanwhile, never an error."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        try:
            answer = ask()
        except _AWAY as away:
            is_shut = isinstance(getattr(away, "reason", away), ConnectionRefusedError)
            tally.count("door shut" if is_shut else "cut in flight")
        else:
            if answer.status_code == status:
                return answer
            assert answer.status_code == 503, (answer.status_code, answer.location, answer.text[-3000:])
            tally.count("503")
        tally.count(again)
        time.sleep(_REST_SECONDS)
    raise AssertionError("nobody answered")
