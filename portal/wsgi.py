"""What the web server loads: `granian --interface wsgi portal.wsgi:app`."""

from flask import Flask

from config import Config
from portal.app import create_app


def made(config: Config) -> Flask:
    """The portal and, when it is a demonstration, the door of its personas."""
    app = create_app(config)
    if config.demo:
        from portal.demo.views import open_door  # noqa: PLC0415 — production never loads the demonstration

        open_door(app)
    return app


app = made(Config.from_env())
