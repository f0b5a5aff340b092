"""What a browser downloads to show the public list for the first time: its HTML, and all that it points at."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from bench.bench import Bench
from bench.figures import Figure, at_most
from bench.searches import LIST
from bench.site import HOST, Answer, Site

_IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")
_COMPRESSIBLE = ("text/", "application/json", "application/manifest+json", "image/svg+xml", "javascript")
_FETCHED_RELATIONS = {"stylesheet", "icon", "manifest", "preload"}


def measure(bench: Bench) -> list[Figure]:
    loaded, strangers = first_view(bench.site, LIST)
    sent = sum(map(_sent_bytes, loaded.values()))
    whole = sum(len(answer.body) for answer in loaded.values())
    note = f"{len(loaded)} requests, {whole / 1000:.0f} kB before compression"
    return [
        at_most("first view of the public list, compressed", sent / 1000, 120, " kB", note),
        Figure("first view, requests to third parties", str(len(strangers)), "0", float(not strangers)),
    ]


def first_view(site: Site, path: str) -> tuple[dict[str, Answer], set[str]]:
    """All that is loaded with a page, by address, and the addresses that are not the portal's (not fetched)."""
    loaded: dict[str, Answer] = {}
    strangers: set[str] = set()
    waiting = [f"{HOST}{path}"]
    while waiting:
        address = waiting.pop()
        if not address.startswith(f"{HOST}/"):
            strangers.add(address)
        elif address not in loaded:
            parts = urlsplit(address)
            answer = loaded[address] = site.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
            waiting += [urljoin(address, found) for found in _pointed_at(answer)]
    return loaded, strangers


def _pointed_at(answer: Answer) -> Iterator[str]:
    """What a browser goes on to fetch from a page or a style sheet."""
    kind = answer.headers.get("Content-Type", "")
    text = answer.body.decode("utf-8", "replace")
    if kind.startswith("text/html"):
        reader = _Resources()
        reader.feed(text)
        yield from filter(_is_fetched, reader.found)
    elif kind.startswith("text/css"):
        yield from filter(_is_fetched, _IN_STYLES.findall(text))


def _is_fetched(address: str) -> bool:
    return bool(address) and not address.startswith(("data:", "#"))


class _Resources(HTMLParser):
    """Finds what a browser loads by itself: styles, scripts, images, icons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "link" and _FETCHED_RELATIONS & set(told.get("rel", "").split()):
            self.found.append(told["href"])
        elif tag in {"img", "script", "source", "iframe", "embed"} and told.get("src"):
            self.found.append(told["src"])
        elif tag == "use" and "href" in told:
            self.found.append(told["href"].partition("#")[0])


def _sent_bytes(answer: Answer) -> int:
    compressible = any(kind in answer.headers.get("Content-Type", "") for kind in _COMPRESSIBLE)
    return len(gzip.compress(answer.body, 6)) if compressible else len(answer.body)
