"""A delivery in a process of its own, for tests that kill it: DATABASE_URL, PORT, NOW."""

import sys
from datetime import datetime

from portal import storage
from portal.outbox import SmtpSettings, deliver, register
from tests.outbox.conftest import KIND, greeting

if __name__ == "__main__":
    url, port, now = sys.argv[1:]
    storage.bind(storage.make_engine(url))
    register(KIND, greeting)
    deliver(SmtpSettings("127.0.0.1", int(port), "Amont <amont@amont.example>"), datetime.fromisoformat(now))
