"""Layouts, error pages and mail layouts: one h1, a title, nothing missing, French set as it should be."""

import re
from typing import Any

import pytest

from config import ROOT
from tests.look.pages import ensure_sound, environment, page_context, rendered

PAGE = """
{% extends "layouts/LAYOUT.html" %}
{% from "components/band.html" import band %}
{% block title %}Les lots{% endblock %}
{% block band %}
  {{ band("Les lots", overline="Accueil", trail=[("Programmation", "/programmation"), ("Lots", None)]) }}
{% endblock %}
{% block content %}<p>Le contenu.</p>{% endblock %}
"""
STANDING = {"500", "503"}
ERRORS = sorted(path.stem for path in (ROOT / "templates/errors").glob("*.html"))
VERSIONS: dict[str, Any] = {
    "differences": [("Intitulé", "Le mien", "Le leur")],
    "resume_url": "/projets/3",
}


@pytest.mark.parametrize("layout", ["page", "narrow"])
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_page_has_one_heading_one_title_and_a_way_to_its_content(layout: str, signed_in: bool) -> None:
    html = rendered(PAGE.replace("LAYOUT", layout), **page_context(signed_in=signed_in))
    page = ensure_sound(html)
    assert page.tags["h1"] == 1
    assert page.tags["main"] == 1
    assert "<title>Les lots — Amont</title>" in html
    assert {"contenu", "menu"} <= set(page.references)
    assert ("/compte" in html) is signed_in
    assert ("/connexion" in html) is not signed_in


def test_what_waits_is_said_in_words_too() -> None:
    page = ensure_sound(rendered(PAGE.replace("LAYOUT", "page"), **page_context()))
    assert re.search(r"Programmation\s+2\s+en attente", page.text)


def test_an_aside_makes_two_columns_and_an_empty_one_does_not() -> None:
    alone = PAGE.replace("LAYOUT", "page")
    beside = alone + "{% block aside %}<p>À côté.</p>{% endblock %}"
    assert 'class="columns"' not in rendered(alone, **page_context())
    both = rendered(beside, **page_context())
    assert 'class="columns"' in both
    assert both.count("Le contenu.") == 1
    assert both.count("À côté.") == 1


def test_the_demo_tells_its_date() -> None:
    assert "jeudi 3 décembre 2026" in rendered(PAGE.replace("LAYOUT", "page"), **page_context())
    assert "Démonstration" not in rendered(PAGE.replace("LAYOUT", "page"), **page_context(demo=None))


def test_every_error_the_portal_answers_has_its_page() -> None:
    assert ERRORS == ["403", "404", "405", "409", "413", "422", "429", "500", "503"]


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize(
    "more", [{}, {"sentence": "Voici la raison.", "retry_after": 840, **VERSIONS}], ids=["bare", "told"]
)
def test_an_error_page_says_what_happened_and_what_to_do(code: str, more: dict[str, Any]) -> None:
    context = {} if code in STANDING else page_context(**more)
    html = environment().get_template(f"errors/{code}.html").render(**context)
    page = ensure_sound(html)
    assert page.tags["h1"] == 1
    assert len(page.text) > 150
    if more and code not in STANDING:
        assert "Voici la raison." in html


def test_a_conflict_shows_what_differs_between_the_two_versions() -> None:
    html = environment().get_template("errors/409.html").render(**page_context(**VERSIONS))
    assert all(words in html for words in ("Intitulé", "Le mien", "Le leur", "/projets/3"))


def test_too_many_attempts_say_how_long_to_wait() -> None:
    template = environment().get_template("errors/429.html")
    assert "14 minutes" in template.render(**page_context(retry_after=840))
    assert "60 secondes" in template.render(**page_context(retry_after=60))


def owned_templates() -> list[str]:
    folders = ("layouts", "components", "errors", "emails")
    return [str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / "templates" / folder).glob("*.html")]


@pytest.mark.parametrize("path", owned_templates())
def test_french_words_are_set_in_french(path: str) -> None:
    """No straight apostrophe between letters, no ordinary space before ; : ! ? or inside « »."""
    source = (ROOT / path).read_text(encoding="utf-8")
    words = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    assert re.findall(r"\w'\w[^\n]*|\w [;:!?](?=[\s<])[^\n]*|« |[^\s] »", words) == []


MAIL = """{% extends "emails/layout.EXT" %}
{% block title %}Déposez{% endblock %}
{% block first %}Déposez la déclaration avant le 10 décembre.{% endblock %}
{% block content %}https://amont.example/d/3{% endblock %}
{% block because %}Vous recevez ce message parce que vous êtes titulaire.{% endblock %}"""
KNOWN = {"portal_name": "Achats de la Métropole", "base_url": "https://amont.example"}


def test_a_mail_in_text_starts_with_what_to_do_and_ends_with_why_it_came() -> None:
    text = rendered(MAIL.replace("EXT", "txt"), **KNOWN)
    assert text.startswith("Déposez la déclaration avant le 10 décembre.\n")
    assert text.index("https://amont.example/d/3") < text.index("Vous recevez ce message")


def test_a_mail_in_html_needs_no_stylesheet_and_no_picture() -> None:
    html = rendered(MAIL.replace("EXT", "html"), **KNOWN)
    assert all(tag not in html for tag in ("<style", "<img", "<script", "<link"))
    assert html.index("Déposez la déclaration") < html.index("Vous recevez ce message")
