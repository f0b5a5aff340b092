"""Every template compiles; every page has its title and takes its one h1 from the band."""

import re
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT

TEMPLATES = ROOT / "templates"
PAGES = [
    path
    for path in TEMPLATES.rglob("*.html")
    if 'extends "layouts/' in path.read_text() and "layouts" not in path.parts
]


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize(
    "template", [named(path) for path in TEMPLATES.rglob("*.*") if path.suffix in {".html", ".txt"}]
)
def test_every_template_compiles(app: Flask, template: str) -> None:
    app.jinja_env.get_template(template)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_page_has_a_title_and_one_heading_of_the_first_level(page: Path) -> None:
    text = page.read_text()
    assert len(re.findall(r"{%-? block title", text)) == 1
    headings = len(re.findall(r"{{-? *band\(|call band\(", text)) + text.count("<h1")
    assert headings == 1 or "layouts/bare.html" in text


def test_no_two_pages_have_the_same_title() -> None:
    titles = [re.search(r"block title %}(.*?){%-? endblock", page.read_text(), re.DOTALL) for page in PAGES]
    words = [found[1].strip() for found in titles if found]
    assert len(words) == len(PAGES)
    assert len(set(words)) == len(words), sorted(word for word in words if words.count(word) > 1)
