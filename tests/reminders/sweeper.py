"""The morning's job in a process of its own, for tests that kill it: DATABASE_URL, NOW, PEOPLE a transaction."""

import sys
from datetime import datetime

from portal import storage
from portal.reminders import jobs, services

if __name__ == "__main__":
    url, now, people = sys.argv[1:]
    storage.bind(storage.make_engine(url))
    services.PEOPLE_AT_ONCE = int(people)
    jobs.remind(datetime.fromisoformat(now), False)
