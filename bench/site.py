"""The portal in this process, on a seeded database, asked for pages without a network."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import TextIO

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Engine
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app

from bench.world.size import WRITTEN_AT
from config import Config
from portal import storage
from portal.app import create_app
from portal.kernel import clock

HOST = "http://127.0.0.1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Site:
    app: Flask
    engine: Engine

    def asking(self, path: str, headers: Mapping[str, str] | None = None) -> Callable[[], Answer]:
        """A request all ready, sent each time it is called. Nothing of a test client is timed with it."""
        environ = create_environ(path, base_url=HOST, headers=dict(headers or {}))

        def ask() -> Answer:
            body, status, answered = run_wsgi_app(self.app, environ, buffered=True)
            return Answer(int(status.split()[0]), answered, b"".join(body))

        return ask

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.asking(path, headers)()


@contextmanager
def opened(url: str, logs: TextIO) -> Iterator[Site]:
    """The portal as production runs it, its log lines written to `logs`, its clock at the date of the data."""
    engine = storage.make_engine(url, pool_size=5)
    storage.bind(engine)
    with redirect_stderr(logs):
        app = create_app(settings(url), engine=engine)
    clock.run_from(WRITTEN_AT, clock.real_utc_now())
    try:
        yield Site(app, engine)
    finally:
        clock.run_from(WRITTEN_AT, WRITTEN_AT)
        storage.unbind()
        engine.dispose()


def settings(url: str) -> Config:
    return Config(
        environment="production",
        database_url=url,
        secret_key=secrets.token_urlsafe(),
        totp_key=Fernet.generate_key().decode(),
        person_key=secrets.token_urlsafe(),
        cookie_secure=False,
    )
