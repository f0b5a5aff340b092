"""Every template compiles; every page has its title and takes its one h1 from the band; French is set as French."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import TemplateError

from config import ROOT

TEMPLATES = ROOT / "templates"
PAGES = [
    path
    for path in TEMPLATES.rglob("*.html")
    if 'extends "layouts/' in path.read_text() and "layouts" not in path.parts
]


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.any_database
def test_every_template_compiles(app: Flask) -> None:
    refused = {}
    for template in [named(path) for path in TEMPLATES.rglob("*.*") if path.suffix in {".html", ".txt"}]:
        try:
            app.jinja_env.get_template(template)
        except TemplateError as error:
            refused[template] = str(error)
    assert refused == {}


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


# A space that breaks before a double sign or inside « », or a typewriter's apostrophe.
_ILL_SET = re.compile(r"""(?<=[\w»)}%€"’….]\ )[;:!?](?=[\s"<{»)]|$)|«\ |\ »|(?<=[^\W\d_])'(?=[a-zàâéèêîôûœ]{2})""")
_NOT_TEXT = re.compile(r"{#.*?#}|<style.*?</style>", re.DOTALL)


def _ill_set(text: str) -> list[str]:
    return [text[max(0, found.start() - 30) : found.end() + 20] for found in _ILL_SET.finditer(text)]


def test_templates_keep_signs_with_their_words() -> None:
    texts = {named(path): path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.*")}
    ill_set = {template: _ill_set(_NOT_TEXT.sub("", text)) for template, text in texts.items()}
    assert {template: words for template, words in ill_set.items() if words} == {}


SHOWN = sorted(
    path
    for pages in ("accounts/**/*.py", "web/*.py", "directory/forms.py", "directory/views/*.py")
    for path in (ROOT / "portal").glob(pages)
)


@pytest.mark.parametrize("module", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_of_the_code_keep_signs_with_their_words(module: Path) -> None:
    assert [
        words for text in _sentences(ast.parse(module.read_text(encoding="utf-8"))) for words in _ill_set(text)
    ] == []


def _sentences(tree: ast.Module) -> Iterator[str]:
    """The literals of a module, but for bare ones (docstrings) and those that `typo` sets."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "typo")
        for inner in ([node.value] if isinstance(node, ast.Expr) else ast.walk(node))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value
