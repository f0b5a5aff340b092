"""Renders the portal's templates outside any application, and reads back what a browser would."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from jinja2 import DictLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.loaders import ChoiceLoader

from config import ROOT
from portal.kernel import french

VOID = {"br", "hr", "img", "input", "link", "meta"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "form")


def environment(**templates: str) -> Environment:
    """The portal's templates, those given by name, and every unknown name an error."""
    jinja = Environment(
        loader=ChoiceLoader([DictLoader(templates), FileSystemLoader(ROOT / "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(typo=french.typo, plural=french.plural, number=french.format_number)
    jinja.globals.update(
        url_for=lambda endpoint, **values: f"/{endpoint}/{values.get('filename', '')}",
        get_flashed_messages=lambda with_categories: [("success", "Projet créé.")],
    )
    return jinja


def rendered(source: str, **context: Any) -> str:
    return environment(page=source).get_template("page").render(**context)


def page_context(*, signed_in: bool = False, **more: Any) -> dict[str, Any]:
    """What the context processor gives to each page."""
    link = SimpleNamespace(label="Programmation", url="/programmation", current=True, count=2)
    return {
        "actor": SimpleNamespace(is_signed_in=signed_in, label="Claire Ansel", organisation_name="Les Ateliers"),
        "navigation": lambda: [link],
        "footer_links": [{"label": "Aide", "url": "/aide"}],
        "account_url": "/compte",
        "sign_in_url": "/connexion",
        "portal_name": "Achats de la Métropole",
        "demo": {"date_label": "jeudi 3 décembre 2026", "personas_url": "/demo", "mails_url": None},
        **more,
    }


@dataclass
class Reading(HTMLParser):
    """A page read tag by tag: what is open, counted, named, referred to."""

    open_tags: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)
    references: set[str] = field(default_factory=set)
    inline: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self._note(tag, name, value or "")

    def _note(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids[value] += 1
        if name in REFERENCES:
            self.references.update(value.split())
        if name == "href" and value.startswith("#") and len(value) > 1:
            self.references.add(value[1:])
        if name == "style" or name.startswith("on"):
            self.inline.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open_tags or self.open_tags.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(" ".join(data.split(" ")).strip("\n"))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\n", " ").split(" "))


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    reading.close()
    reading.faults += reading.open_tags
    return reading


def ensure_sound(html: str) -> Reading:
    """Well-formed, ids unique, every reference leads somewhere, nothing that our content security policy blocks."""
    reading = read(html)
    assert reading.faults == []
    assert [name for name, count in reading.ids.items() if count > 1] == []
    assert reading.references - set(reading.ids) == set()
    assert reading.inline == []
    return reading
