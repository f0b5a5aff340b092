"""What is typed in a month is never lost nor kept twice: double clicks, the back button, two editors, a session that
ended, a file answered twice."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo.personas import PASSWORD
from tests.journeys.people import Stage, ensure_fine
from tests.journeys.workbooks import Workbook, downloaded

AMINA, CONTRACT = "amina.quintarel@second-clavier.example", "Assistance informatique des écoles"
SAVE = "Enregistrer le brouillon"


def test_nothing_typed_in_a_month_is_lost(browser: Browser, portal_url: str) -> None:
    stage = Stage(browser, portal_url)
    with month_of(stage) as first, month_of(stage) as second:
        save_twice(first)
        go_back_after_saving(first)
        change_after_sending(first)

        second.reload()
        hours(first).fill("51")
        second.get_by_label("Un mot pour le facilitateur").fill("Deux agents en formation.")
        hours(second).fill("62")
        save(first)
        second.get_by_role("button", name=SAVE).last.click()
        read_both(second, "62", "51")
        expect(hours(second)).to_have_value("62")
        expect(second.get_by_label("Un mot pour le facilitateur")).to_have_value("Deux agents en formation.")
        save(second)

        end_session(first, second, typed="73,25")
        expect(hours(first)).to_have_value("73,25")
        save(first)

        answer_file_twice(first)


@contextmanager
def month_of(stage: Stage) -> Iterator[Page]:
    """The same month, each time at another browser."""
    with stage.signed_in(AMINA) as page:
        page.goto("/accueil")
        waiting = page.locator(".todo > li").filter(has_text=CONTRACT).filter(has_text="novembre 2026")
        waiting.get_by_role("link").click()
        yield page


def hours(page: Page, rank: int = 0) -> Locator:
    return page.locator("[data-sum=hours]").nth(rank)


def save(page: Page) -> None:
    page.get_by_role("button", name=SAVE).last.click()
    expect(page.get_by_text(re.compile("Brouillon enregistré"))).to_be_visible()


def save_twice(page: Page) -> None:
    hours(page).fill("40,50")
    page.get_by_label("Comment avancent les personnes").fill("Deux en formation.\n\nUn permis. ")
    page.get_by_role("button", name=SAVE).last.dblclick()
    expect(page.get_by_text(re.compile("Brouillon enregistré|C’était déjà enregistré")).first).to_be_visible()
    expect(hours(page)).to_have_value("40,50")


def go_back_after_saving(page: Page) -> None:
    """The page that comes back is saved as any other."""
    hours(page).fill("45")
    save(page)
    page.go_back()
    hours(page, 1).fill("33")
    page.get_by_role("button", name=SAVE).last.click()
    if page.get_by_role("link", name="Reprendre avec ma saisie").count():
        page.get_by_role("link", name="Reprendre avec ma saisie").click()
        save(page)
    page.reload()
    expect(hours(page)).to_have_value("45")
    expect(hours(page, 1)).to_have_value("33")


def change_after_sending(page: Page) -> None:
    """Sent, and changed before any answer came: the figure typed last is not taken for the first one."""
    hours(page).fill("46")
    page.evaluate("fetch(location.href, {method: 'POST', body: new FormData(document.getElementById('mois'))})")
    hours(page).fill("47")
    page.get_by_role("button", name=SAVE).last.click()
    read_both(page, "47", "46")
    expect(hours(page)).to_have_value("47")
    save(page)


def read_both(page: Page, typed: str, saved: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Quelqu’un a modifié")
    row = page.get_by_role("row").filter(has_text="heures")
    expect(row).to_contain_text(typed)
    expect(row).to_contain_text(saved)
    ensure_fine(page)
    page.get_by_role("link", name="Reprendre avec ma saisie").click()


def end_session(page: Page, elsewhere: Page, *, typed: str) -> None:
    """Ended from another browser while somebody types: after signing in again, the form is found as it was left."""
    page.reload()
    hours(page).fill(typed)
    elsewhere.goto("/compte/sessions")
    elsewhere.get_by_role("button", name="Fermer toutes les autres sessions").click()
    page.get_by_role("button", name=SAVE).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("connecter")
    ensure_fine(page)
    page.get_by_label("Adresse").fill(AMINA)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def answer_file_twice(page: Page) -> None:
    """Answered in a second window too: kept once, and said."""
    workbook = Workbook.read(downloaded(page, page.get_by_role("link", name="Télécharger le modèle")))
    matricule = workbook.column("Matricule")[0]
    workbook.fill(matricule, {"Heures": "88"})
    page.get_by_role("button", name="Remplir avec un fichier").click()
    page.get_by_label("Votre fichier").set_input_files(workbook.sent())
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ce que dit votre fichier")
    late = page.context.new_page()
    late.goto(page.url)
    keep = re.compile("^Garder l")
    page.get_by_role("button", name=keep).dblclick()
    expect(page.get_by_label(f"{matricule}, heures")).to_have_value("88")
    late.get_by_role("button", name=keep).click()
    expect(late.get_by_role("heading", level=1)).to_be_visible()
    late.goto("/accueil")
    late.close()
    page.reload()
    expect(page.get_by_label(f"{matricule}, heures")).to_have_value("88")
    ensure_fine(page)
