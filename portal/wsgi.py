"""What the web server loads: `granian --interface wsgi portal.wsgi:app`."""

import ctypes
import os
import sys

from flask import Flask

from config import Config
from portal.app import create_app

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Of malloc.h."""
_ARENAS, _LARGE = 2, 128 * 1024


def _share_memory() -> None:
    """Let the threads of a worker share what they free, and give back at once what was large.

    With an arena each, and a notion of « large » that grows with what is freed, glibc gives little back.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries do without
        if mallopt is not None:
            mallopt(_ARENA_MAX, _ARENAS)
            mallopt(_MMAP_THRESHOLD, _LARGE)
            mallopt(_TRIM_THRESHOLD, _LARGE)


def _served(config: Config) -> Flask:
    app = create_app(config)
    if config.demo:
        from portal.demo.views import open_door  # noqa: PLC0415 — elsewhere the demonstration is not even loaded

        open_door(app)
    return app


_share_memory()
os.umask(0o077)  # the database and what the portal writes beside it are nobody else's
app = _served(Config.from_env())
