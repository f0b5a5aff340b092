"""The month from a spreadsheet: its template filled, read, mended from the rows handed back, and deposited."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.people import Stage, ensure_fine
from tests.journeys.test_month import open_november
from tests.journeys.workbooks import Workbook, downloaded

CHOSEN = {
    True: ("claire.ansel@ateliers-pont-de-pierre.example", "Nettoyage des crèches", "F-901", "F-902"),
    False: ("yves.malivert@lavandes.example", "linge des centres d’hébergement", "F-911", "F-912"),
}
"""Who files, which contract, and two new people, for each way to walk: the walks do not meet."""
NOBODY = {"Nom de naissance": "Orchalbin", "Prénom": "Ysolde", "Date de naissance": "14/07/1991", "Sexe": "Femme"}
HIRED = {"Contrat de travail": "CDD", "Entrée": "02/11/2026", "Mode": "Embauche directe"}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_month_is_filed_from_its_workbook(browser: Browser, portal_url: str, scripts: bool) -> None:
    stage = Stage(browser, portal_url, scripts=scripts)
    email, contract, known_as, wrong = CHOSEN[scripts]
    with stage.signed_in(email) as page:
        open_november(page, contract)
        month = page.url
        workbook = Workbook.read(downloaded(page, page.get_by_role("link", name="Télécharger le modèle")))
        people = workbook.column("Matricule")
        fill(workbook, people, known_as, wrong)
        send(page, workbook, from_month=True)

        read_errors(page, workbook, people[0], wrong)
        page.get_by_role("button", name=re.compile("^Garder l")).click()
        expect(page.get_by_text("Les autres lignes sont dans le mois.")).to_be_visible()
        ensure_fine(page)
        mistakes = Workbook.read(downloaded(page, page.get_by_role("link", name="Télécharger ces lignes")))
        mend(mistakes, people[0], wrong)
        page.get_by_role("link", name="Envoyer un fichier corrigé").click()
        send(page, mistakes)
        expect(page.locator("#corriger")).to_have_count(0)
        page.get_by_role("button", name="Garder les 2 lignes valides").click()

        assert page.url == month
        hours = [page.get_by_label(f"{who}, heures") for who in (*people, known_as, wrong)]
        for field, typed in zip(hours, ("91,50", *["70"] * (len(people) - 1), "84", "56,25"), strict=True):
            expect(field).to_have_value(typed)
        deposit_twice(page, month)


def fill(workbook: Workbook, people: list[str], newcomer: str, wrong: str) -> None:
    """More training than hours for the first, no such day for somebody new: two rows to mend."""
    for matricule in people:
        workbook.fill(matricule, {"Heures": 70, "Nom (reste chez vous)": "Quelqu’un"})
    workbook.fill(people[0], {"Heures": "91,5", "Dont formation": 112})
    workbook.fill(newcomer, {"Heures": 84, **HIRED, **NOBODY})
    workbook.fill(wrong, {"Heures": "56,25", **HIRED, **NOBODY, "Prénom": "Aurore", "Entrée": "31/11/2026"})


def send(page: Page, workbook: Workbook, *, from_month: bool = False) -> None:
    """Without a file first: said, and nothing else."""
    if from_month:
        page.get_by_role("button", name="Remplir avec un fichier").click()
        page.get_by_role("button", name="Lire ce fichier").click()
        expect(page.get_by_role("alert")).to_contain_text("choisissez un fichier")
        ensure_fine(page)
    page.get_by_label("Votre fichier").set_input_files(workbook.sent())
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ce que dit votre fichier")


def read_errors(page: Page, workbook: Workbook, too_trained: str, wrong: str) -> None:
    """By row: the line, the matricule, the cell and how to mend it; no name."""
    errors = page.locator("#corriger")
    for matricule, heading in ((too_trained, "Dont formation"), (wrong, "Entrée")):
        row = errors.get_by_role("row").filter(has_text=matricule)
        expect(row).to_contain_text(workbook.cell_of(matricule, heading))
        expect(row).to_contain_text(heading)
    expect(errors.get_by_role("row")).to_have_count(3)
    expect(page.locator("main")).not_to_contain_text(re.compile("Orchalbin|Aurore|Quelqu’un"))
    ensure_fine(page)


def mend(mistakes: Workbook, too_trained: str, wrong: str) -> None:
    """The rows handed back hold what was typed, but for names and birth dates."""
    assert mistakes.column("Matricule") == [too_trained, wrong]
    assert mistakes.column("Nom de naissance") == mistakes.column("Date de naissance") == ["", ""]
    assert all(mistakes.column("À corriger"))
    mistakes.fill(too_trained, {"Dont formation": 12})
    mistakes.fill(wrong, {"Entrée": "30/11/2026", **NOBODY, "Prénom": "Aurore"})


def deposit_twice(page: Page, month: str) -> None:
    """A double click, then the back button and once more: deposited once."""
    page.get_by_role("button", name="Déposer la déclaration").click()
    page.get_by_role("button", name="Déposer la déclaration").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Récépissé")
    page.go_back()
    again = page.get_by_role("button", name="Déposer la déclaration")
    if again.count():
        again.click()
    page.goto(month)
    expect(page.locator(".band")).to_contain_text("Déposée")
    expect(page.get_by_text(re.compile("Version 1"))).to_have_count(1)
    expect(page.get_by_text(re.compile("Version 2"))).to_have_count(0)
