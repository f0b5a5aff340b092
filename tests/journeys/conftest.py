"""The running demonstration, and a browser to use it as a person would."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from config import ROOT
from portal.demo.place import Place
from tests.browser import launched_browser

NARROW: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 900}
_READY_WITHIN_SECONDS = 120


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    """Walks of minutes begin first, once the order is drawn: begun last, one would leave the other workers idle."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
    told = yield
    items.sort(key=lambda item: item.path.name != "test_every_page.py")
    return told


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched_browser() as launched:
        yield launched


@pytest.fixture(scope="session")
def demo_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where the demonstration of these tests lives."""
    return Place(tmp_path_factory.mktemp("demo") / "place")


@pytest.fixture(scope="session")
def portal_url(demo_place: Place) -> Iterator[str]:
    """The address of a demonstration of its own: web server, scheduler and mail sink, as `make demo` starts them."""
    port = free_port()
    command = [sys.executable, "-m", "portal", "demo", "--port", str(port), "--directory", str(demo_place.path)]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            wait_for("est prêt", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@pytest.fixture
def page(browser: Browser, portal_url: str) -> Iterator[Page]:
    """A new visitor's window."""
    context = browser.new_context(base_url=portal_url, viewport=WIDE, locale="fr-FR")
    yield context.new_page()
    context.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(words: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the process has written `words`. Fails with all it wrote when it ends before, or takes too long."""
    assert process.stdout is not None
    said, give_up_at = b"", time.monotonic() + _READY_WITHIN_SECONDS
    while words.encode() not in said:
        ready, _, _ = select.select([process.stdout], [], [], give_up_at - time.monotonic())
        read = os.read(process.stdout.fileno(), 4096) if ready else b""
        assert read, f"never said {words!r}: {said.decode(errors='replace')}"
        said += read


def enter_as(page: Page, role: str) -> None:
    """Take the demonstration's door as the persona of a role."""
    page.goto("/demo")
    page.locator(f"button[value='{role}']").click()
