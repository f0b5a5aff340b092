"""What the web server loads: `granian --interface wsgi portal.wsgi:app`."""

import os

from flask import Flask

from config import Config
from portal.app import create_app


def _served(config: Config) -> Flask:
    app = create_app(config)
    if config.demo:
        from portal.demo.views import open_door  # noqa: PLC0415 — elsewhere the demonstration is not even loaded

        open_door(app)
    return app


os.umask(0o077)  # the database and what the portal writes beside it are nobody else's
app = _served(Config.from_env())
