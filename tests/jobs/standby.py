"""A process that leads as soon as it can, says so, and does nothing until it is killed: DATABASE_URL."""

import sys
import time

from portal.jobs import Leadership

if __name__ == "__main__":
    leadership = Leadership(sys.argv[1])
    while not leadership.held():
        time.sleep(0.05)
    print("leads", flush=True)  # noqa: T201
    time.sleep(600)
