"""The browser that journeys drive: the system's Chromium or Chrome, installed by `make test` when there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_COMMANDS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Raises RuntimeError when there is no browser: `make test` installs one."""
    with sync_playwright() as playwright:
        path = _on_this_system() or _of_playwright(playwright.chromium.executable_path)
        if path is None:
            raise RuntimeError("no browser: run `python -m tests.browser`, as `make test` does")
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def _on_this_system() -> str | None:
    return next((path for path in map(shutil.which, _COMMANDS) if path and _answers(path)), None)


def _of_playwright(path: str) -> str | None:
    return path if _answers(path) else None


def _answers(path: str) -> bool:
    """Some systems ship a command that only tells how to install the browser."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except OSError:
        return False
    return asked.returncode == 0


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=quietly)
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "chromium"], check=True, env=quietly)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> None:
    """Make sure that a browser is there."""
    if _on_this_system():
        return
    with sync_playwright() as playwright:
        own = _of_playwright(playwright.chromium.executable_path)
    if own is None:
        _install()


if __name__ == "__main__":
    main()
