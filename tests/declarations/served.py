"""The portal as it is served in production, in a process of its own, and a person at a browser without scripts."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

from werkzeug.datastructures import MultiDict

from config import ROOT, Config
from tests.journeys.conftest import free_port

_READY_WITHIN_SECONDS = 120


@contextmanager
def served(config: Config, place: Path) -> Iterator[str]:
    """The address of the portal on `config`'s database; all that its process writes is in `place`."""
    port = free_port()
    (place / "temporary").mkdir(parents=True)
    with (
        (place / "web.log").open("wb") as log,
        subprocess.Popen(
            web_server(port, "--log-level", "debug", "--access-log"),
            cwd=ROOT,
            env=environment_of(config, place),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/sante", place / "web.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def web_server(port: int, *options: str) -> list[str]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    return [*command, "--no-ws", "--workers-kill-timeout", "3", *options, "portal.wsgi:app"]


def environment_of(config: Config, place: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(place / "temporary"),
        "AMONT_ENVIRONMENT": "test",
        "DATABASE_URL": config.database_url,
        "AMONT_SECRET_KEY": config.secret_key,
        "AMONT_TOTP_KEY": config.totp_key,
        "AMONT_PERSON_KEY": config.person_key,
        "AMONT_DATA_DIR": str(config.data_dir),
        "AMONT_COOKIE_SECURE": "0",
    }


def wait_for(url: str, log: Path) -> None:
    give_up_at = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        try:
            with build_opener().open(url, timeout=2):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


@dataclass(frozen=True)
class Answer:
    status_code: int
    text: str
    headers: str
    location: str


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Person:
    """Reads pages and posts forms; remembers each answer, headers included."""

    base: str
    answers: list[Answer] = field(default_factory=list)
    csrf_token: str = ""
    """Of a page opened once signed in, by who posts without opening another."""
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar()), _StayHere))

    def get(self, path: str) -> Answer:
        return self._sent(Request(self.base + path))  # noqa: S310 — our own address

    def post(self, path: str, fields: MultiDict[str, str], *, multipart: bool = False) -> Answer:
        body, kind = _multipart(fields) if multipart else _urlencoded(fields)
        headers = {"Origin": self.base, "Content-Type": kind}
        return self._sent(Request(self.base + path, body, headers))  # noqa: S310

    def send_file(self, path: str, fields: MultiDict[str, str], name: str, content: bytes) -> Answer:
        """The form of a page, with a file in its field « file »."""
        head = f'--{_EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body, kind = _multipart(fields)
        headers = {"Origin": self.base, "Content-Type": kind}
        return self._sent(Request(self.base + path, head.encode() + content + b"\r\n" + body, headers))  # noqa: S310

    def _sent(self, request: Request) -> Answer:
        try:
            response = self._opener.open(request, timeout=30)
        except HTTPError as refused:
            response = refused
        with response:
            place = urlsplit(response.headers.get("Location") or "")
            location = place.path + (f"?{place.query}" if place.query else "")
            text = response.read().decode()
        self.answers.append(Answer(response.status, text, str(response.headers), location))
        return self.answers[-1]


def _urlencoded(fields: MultiDict[str, str]) -> tuple[bytes, str]:
    return urlencode(list(fields.items(multi=True))).encode(), "application/x-www-form-urlencoded"


_EDGE = "une-frontiere-entre-champs"


def _multipart(fields: MultiDict[str, str]) -> tuple[bytes, str]:
    parts = [
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items(multi=True)
    ]
    return ("".join(parts) + f"--{_EDGE}--\r\n").encode(), f"multipart/form-data; boundary={_EDGE}"
