"""Each persona walks through every page they can reach: no accessibility fault, no overflow, no title twice."""

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Error, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from config import Config
from portal.app import create_app
from portal.demo.views import open_door
from portal.storage import make_engine
from tests.journeys.conftest import NARROW, WIDE, enter_as

VISITORS = (
    "anonymous",
    "structure",
    "network",
    "titulaire",
    "purchasing",
    "legal",
    "prescripteur",
    "facilitateur",
    "direction",
    "administrator",
)
IN_EVERY_RUN = ("anonymous", "purchasing")
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""What passes is not asked for: telling it takes as long as finding out."""
_VIOLATIONS = "rules => axe.run(document, rules).then(results => results.violations)"
_NEVER_FOLLOWED = {"static", "pages.health", "demo.mail_as_html"}


VISITS = [pytest.param(visitor, marks=() if visitor in IN_EVERY_RUN else pytest.mark.slow) for visitor in VISITORS]


@pytest.fixture(scope="module")
def addresses() -> MapAdapter:
    """Tells which endpoint a path belongs to: one page of each is enough."""
    app: Flask = create_app(
        Config(
            environment="demo",
            database_url="sqlite:///unused.db",
            secret_key="x" * 32,
            totp_key="A" * 43 + "=",
            person_key="p" * 32,
        ),
        engine=make_engine("sqlite:///unused.db"),
    )
    open_door(app)
    return app.url_map.bind("127.0.0.1")


@pytest.mark.parametrize("visitor", VISITS)
def test_every_page_is_accessible_and_fits(
    visitor: str, browser: Browser, portal_url: str, addresses: MapAdapter
) -> None:
    context = browser.new_context(base_url=portal_url, viewport=WIDE, locale="fr-FR")
    page = context.new_page()
    if visitor != "anonymous":
        enter_as(page, visitor)
    faults: dict[str, list[str]] = {}
    titles = defaultdict(set)
    for path in walked(page, addresses, start="/" if visitor != "anonymous" else "/programmation"):
        titles[page.title()].add(path)
        found = list(faults_of(page))
        if found:
            faults[path] = found
    context.close()
    assert not faults
    assert not {title: paths for title, paths in titles.items() if len(paths) > 1}


def walked(page: Page, addresses: MapAdapter, *, start: str) -> Iterator[str]:
    """Show, one after the other, a page of each endpoint that links lead to; those of a mail are its recipient's."""
    waiting, seen = [start, "/demo", "/nulle-part"], set[str]()
    while waiting:
        path = waiting.pop(0)
        endpoint = endpoint_of(addresses, path)
        if endpoint in seen or endpoint in _NEVER_FOLLOWED:
            continue
        seen.add(endpoint)
        page.set_viewport_size(WIDE)
        response = visited(page, path)
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            continue
        yield urlsplit(page.url).path
        if endpoint == "demo.mail":
            continue
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [urlsplit(link).path for link in links if urlsplit(link).netloc == urlsplit(page.url).netloc]


def visited(page: Page, path: str) -> Response | None:
    """None for a file, which the browser keeps instead of showing it."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return None


def endpoint_of(addresses: MapAdapter, path: str) -> str:
    try:
        return str(addresses.match(path, method="GET")[0])
    except (HTTPException, RequestRedirect):
        return f"none: {path}"


def faults_of(page: Page) -> Iterator[str]:
    """Without scripts, widths and headings only: axe is one."""
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} h1"
    has_scripts = not page.evaluate("matchMedia('(scripting: none)').matches")
    if has_scripts:
        page.evaluate(AXE_SCRIPT)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            yield f"overflows at {size['width']}: {width}"
        for violation in page.evaluate(_VIOLATIONS, _RULES) if has_scripts else []:
            nodes = [node["target"] for node in violation["nodes"][:3]]
            yield f"at {size['width']}: {violation['id']}: {violation['help']} {nodes}"
