"""Runs a command that dies with the process that started it: `python leash.py PARENT_PID COMMAND…`.

Run as a file, before anything of ours is imported. Elsewhere than on Linux the command runs without a leash.
"""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2); it outlives exec."""


def run(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("the parent died before its child was ready")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
