"""A buyer publishes a lot; anyone finds it; its change is told with its reason; nothing typed is lost on the way."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import NARROW, enter_as

TITLE = "Nettoyage des œuvres d’art de plein air"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_lot_is_published_found_and_changed(browser: Browser, portal_url: str, scripts: bool) -> None:
    context = browser.new_context(base_url=portal_url, locale="fr-FR", java_script_enabled=scripts)
    page = context.new_page()
    title = f"{TITLE}, {'avec' if scripts else 'sans'} script"
    enter_as(page, "purchasing")
    create(page, title)
    page.get_by_role("link", name="Relire et publier").click()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)

    public = browser.new_context(base_url=portal_url, viewport=NARROW, java_script_enabled=scripts).new_page()
    find(public, "oeuvres art", title)
    expect(public.locator("body")).to_contain_text("n’engage pas l’acheteur")

    postpone(page, title, "T4 2027", "Le marché en cours est prolongé de trois mois.")
    public.reload()
    history = public.locator(".history")
    expect(history).to_contain_text("4ᵉ trimestre 2027")
    expect(history).to_contain_text("prolongé de trois mois")
    context.close()


def create(page: Page, title: str) -> None:
    page.goto("/achats/nouveau")
    page.get_by_label("Que voulez-vous acheter").fill(title)
    page.get_by_label("Métier").select_option(label="Propreté")
    page.get_by_label("Services", exact=True).check()
    page.get_by_label("Quand pensez-vous lancer la consultation").fill("T2 2027")
    page.get_by_label("Probable").check()
    page.get_by_label(re.compile("À définir plus tard")).check()
    page.get_by_role("button", name="Enregistrer").click()


def find(page: Page, words: str, title: str) -> None:
    page.goto("/programmation")
    page.get_by_role("searchbox").or_(page.get_by_role("textbox")).first.fill(words)
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def postpone(page: Page, title: str, when: str, reason: str) -> None:
    """Change the date: refused without a reason, told in public with it."""
    page.get_by_role("link", name="Mes achats").first.click()
    page.get_by_role("link", name=title).click()
    page.locator("table").get_by_role("link", name=title).click()
    page.get_by_label("Lancement de la consultation").fill(when)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Lancement de la consultation")).to_have_value(when)
    page.get_by_label("Pourquoi ce changement").fill(reason)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
