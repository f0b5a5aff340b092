"""A need becomes a lot that everyone hears of, in every form; then it slips, with its reason, and is told once."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.demo.place import Place
from tests.journeys.people import NARROW, Stage, ensure_fine
from tests.journeys.post import Mailbox, run_jobs

NEED = "Nettoyage des serres municipales"
MORNINGS = iter(("2026-12-04", "2026-12-05", "2026-12-08", "2026-12-09"))
"""Messages leave ten minutes apart at least: each walk has mornings of its own, in the order of time."""
ATELIERS, NETWORK = "claire.ansel@ateliers-pont-de-pierre.example", "helene.vasseur@cap-insertion.example"


@pytest.mark.parametrize(
    "scripts",
    [pytest.param(True, marks=pytest.mark.slow, id="with scripts"), pytest.param(False, id="without scripts")],
)
def test_a_need_becomes_a_lot_that_everyone_hears_of_then_slips(
    browser: Browser, portal_url: str, demo_place: Place, scripts: bool
) -> None:
    stage = Stage(browser, portal_url, scripts=scripts)
    title = f"{NEED} {'de la rive droite' if scripts else 'de la rive gauche'}"
    with stage.persona("structure") as page:
        save_search(page, title)
    with stage.persona("prescripteur") as page:
        file_request(page, title)
    with stage.persona("purchasing") as page:
        take_request(page, title)
    with stage.persona("legal") as page:
        decide_lever(page, title)
    with stage.persona("purchasing") as page:
        reference = publish(page, title)

    with stage.visitor(size=NARROW) as page:
        mailbox = Mailbox(page, re.compile(f"Programmation|lots? pour|{title} : "))
        mailbox.read_all(ATELIERS, NETWORK)
        run_jobs(demo_place, "alerts", on=next(MORNINGS))
        letter = mailbox.only_new_letter(ATELIERS)
        expect(letter).to_contain_text(title)
        mailbox.read_all(NETWORK)
        read_everywhere(page, title, reference)

        with stage.persona("network") as follower:
            follow(follower, reference)
        with stage.persona("purchasing") as buyer:
            slip(buyer, reference)
        read_history(page, reference)
        morning = next(MORNINGS)
        run_jobs(demo_place, "alerts", on=morning)
        letter = mailbox.only_new_letter(NETWORK)
        expect(letter).to_contain_text("Le marché en cours est prolongé de six mois.")
        run_jobs(demo_place, "alerts", on=morning)
        assert mailbox.new_letters(NETWORK) == []


def save_search(page: Page, title: str) -> None:
    """Told what it will send before it is saved."""
    page.goto(f"/programmation?q={title.replace(' ', '+')}")
    page.get_by_role("link", name="Enregistrer cette recherche").click()
    expect(page.locator("main")).to_contain_text("0 lot")
    ensure_fine(page)
    page.get_by_label("dès que").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Alertes")


def file_request(page: Page, title: str) -> None:
    page.goto("/demandes/nouvelle")
    page.get_by_label("Que voulez-vous acheter").fill(title)
    page.get_by_role("button", name="Enregistrer et déposer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Que voulez-vous acheter")).to_have_value(title)
    page.get_by_label("Votre besoin").fill("Douze serres à nettoyer deux fois par semaine, vitres comprises.")
    page.get_by_label("Métier le plus proche").select_option(label="Propreté")
    page.get_by_label("Services", exact=True).check()
    page.get_by_label("Quand cela devrait-il commencer").fill("T1 2028")
    page.get_by_label("Pour combien de temps").fill("24")
    page.get_by_label("Enveloppe prévue").fill("240 000")
    page.get_by_label("Sur tout notre territoire").check()
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    advice = page.locator("main")
    expect(advice).to_contain_text("Réserver paraît réaliste")
    expect(advice).to_contain_text("÷")
    ensure_fine(page)
    page.get_by_role("button", name="Enregistrer et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def take_request(page: Page, title: str) -> None:
    page.goto("/accueil")
    page.locator(".todo > li").filter(has_text="demandes d’achat").get_by_role("link").click()
    page.get_by_role("link", name=title).click()
    ensure_fine(page)
    page.get_by_role("link", name="Reprendre").first.click()
    page.get_by_label("consultation").fill("T3 2027")
    page.get_by_label("Réservé", exact=True).check()
    page.get_by_label("Si c’est réservé, à qui").select_option(label="Réservé aux structures d’insertion")
    page.get_by_role("button", name="Reprendre la demande").click()
    page.get_by_role("link", name="Faire d’abord contrôler les leviers").click()
    page.get_by_role("button").last.click()


def decide_lever(page: Page, title: str) -> None:
    """Beside what the code says; refused without a reason."""
    page.goto("/accueil")
    page.locator(".todo > li").filter(has_text="Contrôler les leviers").get_by_role("link").click()
    ensure_fine(page)
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name="Contrôler").first.click()
    page.get_by_label("Décidé").check()
    page.get_by_role("button", name="Enregistrer le contrôle").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Pourquoi").fill("Assez de structures, un besoin simple, aucun risque de concurrence.")
    ensure_fine(page)
    page.get_by_role("button", name="Enregistrer le contrôle").click()
    page.get_by_role("link", name="Prêt à publier").click()
    page.get_by_role("button").last.click()
    expect(page.locator("main")).to_contain_text("Prêt à publier")


def publish(page: Page, title: str) -> str:
    """Its reference, as in its address."""
    page.goto("/achats")
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name="Relire et publier").click()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    return page.url.rpartition("/")[2]


def read_everywhere(page: Page, title: str, reference: str) -> None:
    """The page, the calendar, the feed, the tables, the API and OCDS all show it."""
    page.goto(f"/programmation/{reference}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    ensure_fine(page)
    words = title.replace(" ", "+")
    for form in ("atom", "ics", "csv"):
        answer = page.request.get(f"/programmation.{form}?q={words}")
        assert answer.ok, form
        assert title in answer.text().replace("\r\n ", ""), form
    assert page.request.get(f"/programmation.xlsx?q={words}").body()[:2] == b"PK"
    lots = page.request.get(f"/api/v1/lots?q={words}").json()
    assert lots["total"] == 1
    package = page.request.get(f"/opendata/ocds/{reference}.json").json()
    assert package["releases"][0]["tag"] == ["planning"]


def follow(page: Page, reference: str) -> None:
    page.goto(f"/programmation/{reference}")
    page.get_by_role("button", name="Suivre").click()
    expect(page.locator("main")).to_contain_text("Vous le suivez")


def slip(page: Page, reference: str) -> None:
    page.goto(f"/achats/{reference}")
    page.locator("table").first.get_by_role("link").first.click()
    page.get_by_label("Lancement de la consultation").fill("T1 2028")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Pourquoi ce changement").fill("Le marché en cours est prolongé de six mois.")
    page.get_by_role("button", name="Enregistrer").click()


def read_history(page: Page, reference: str) -> None:
    page.goto(f"/programmation/{reference}")
    history = page.locator(".history")
    for words in ("3ᵉ trimestre 2027", "1ᵉʳ trimestre 2028", "prolongé de six mois"):
        expect(history).to_contain_text(words)
