"""What the web server loads: `granian --interface wsgi portal.wsgi:app`."""

from config import Config
from portal.app import create_app

app = create_app(Config.from_env())
