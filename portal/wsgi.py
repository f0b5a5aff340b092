"""What the web server loads: `granian --interface wsgi portal.wsgi:app`."""

import ctypes
import os
import sys

from flask import Flask

from config import Config
from portal.app import create_app

_ARENA_MAX, _ARENAS = -8, 2
"""`M_ARENA_MAX` of malloc.h."""


def _share_memory() -> None:
    """Let the threads of a worker share what they free: with an arena each, glibc gives little back."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries do without
        if mallopt is not None:
            mallopt(_ARENA_MAX, _ARENAS)


def _served(config: Config) -> Flask:
    app = create_app(config)
    if config.demo:
        from portal.demo.views import open_door  # noqa: PLC0415 — elsewhere the demonstration is not even loaded

        open_door(app)
    return app


_share_memory()
os.umask(0o077)  # the database and what the portal writes beside it are nobody else's
app = _served(Config.from_env())
