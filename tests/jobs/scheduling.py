"""The real scheduler in a process of its own, for tests that stop or kill it: DATABASE_URL, SMTP_PORT."""

import sys

from config import Config
from portal import logs, scheduler, storage
from portal.outbox import register
from tests.outbox.conftest import KIND, greeting

if __name__ == "__main__":
    url, port = sys.argv[1:]
    storage.bind(storage.make_engine(url))
    logs.configure("text")
    register(KIND, greeting)
    scheduler.run_forever(
        Config(
            environment="test",
            database_url=url,
            secret_key="a key that signs nothing but tests",
            totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
            person_key="fingerprints of the tests",
            smtp_port=int(port),
        )
    )
