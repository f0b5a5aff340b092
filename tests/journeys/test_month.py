"""The month: filled in, mended, deposited, sent back, corrected as a new version, accepted, and seen in the figures."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.people import NARROW, Stage, ensure_fine

CHOSEN = {
    True: ("Propreté des pôles d’échanges — lot 1", "P-901", "Tessaudier"),
    False: ("Propreté des pôles d’échanges — lot 2", "P-902", "Mirvandel"),
}
"""A contract of the demonstration's titulaire and a new person, for each way to walk: the walks do not meet."""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_month_is_filed_sent_back_corrected_and_accepted(browser: Browser, portal_url: str, scripts: bool) -> None:
    stage = Stage(browser, portal_url, scripts=scripts)
    contract, matricule, name = CHOSEN[scripts]
    with (
        stage.persona("titulaire") as titulaire,
        stage.persona("facilitateur") as facilitateur,
        stage.persona("direction", size=NARROW) as direction,
    ):
        before = hours_of(direction)
        open_november(titulaire, contract)
        month = titulaire.url
        add_person(titulaire, matricule, name, "100")
        follow_totals(titulaire, matricule, scripts=scripts)
        write_too_much_training(titulaire, matricule)
        deposit(titulaire, version=1)
        ensure_fine(titulaire)

        check(facilitateur, month)
        ensure_fine(facilitateur)
        send_back(facilitateur, f"Il manque la formation de {matricule}.")

        titulaire.goto(month)
        expect(titulaire.locator(".message").first).to_contain_text(f"Il manque la formation de {matricule}.")
        titulaire.get_by_label(f"{matricule}, dont formation").fill("14")
        deposit(titulaire, version=2)

        check(facilitateur, month)
        accept(facilitateur, matricule)
        titulaire.goto(month)
        expect(titulaire.locator(".band")).to_contain_text("Acceptée")
        ensure_fine(titulaire)
        assert hours_of(direction) == before + 100


def open_november(page: Page, contract: str) -> None:
    """From the home: what waits is one click away."""
    page.goto("/accueil")
    waiting = page.locator(".todo > li").filter(has_text=contract).filter(has_text="novembre 2026")
    waiting.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("novembre 2026")
    expect(page.get_by_text("Rien n’est encore déposé.", exact=True)).to_be_visible()


def add_person(page: Page, matricule: str, name: str, hours: str) -> None:
    """Refused first: what was typed stays, but for the name, which the portal has turned into prints."""
    page.get_by_role("button", name="Ajouter une personne").click()
    page.get_by_label("Matricule").fill(matricule)
    page.get_by_label("Heures du mois").fill(hours)
    page.get_by_label("Nom de naissance").fill(name)
    page.get_by_label("Prénom").fill("Maélie")
    page.get_by_label("Date de naissance").fill("12/05/1994")
    page.get_by_label("Femme").check()
    page.get_by_label("Entrée").fill("31/11/2026")
    page.get_by_role("button", name="Ajouter au mois").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Matricule")).to_have_value(matricule)
    expect(page.get_by_label("Nom de naissance")).to_have_value("")
    expect(page.get_by_text("reçus, non conservés")).to_be_visible()
    ensure_fine(page)
    page.get_by_label("Entrée").fill("02/11/2026")
    page.get_by_label("Comment travaille-t-elle").select_option(label="Embauche directe")
    page.get_by_label("Son contrat de travail").select_option(label="CDD")
    page.get_by_role("button", name="Ajouter au mois").click()
    expect(page.get_by_role("table")).to_contain_text(matricule)


def follow_totals(page: Page, matricule: str, *, scripts: bool) -> None:
    """With scripts the total follows what is typed, in the words of the page once saved; without, it is saved."""
    hours, total = page.get_by_label(f"{matricule}, heures"), page.locator("[data-total=words]")
    before = total.inner_text()
    hours.fill("1 00,50")
    if scripts:
        expect(total).to_contain_text("pas encore enregistré")
    typed = total.inner_text()
    page.get_by_role("button", name="Enregistrer le brouillon").last.click()
    expect(page.get_by_text("Ceci est un brouillon\u202f: rien n’est déposé.", exact=True)).to_be_visible()
    saved = total.inner_text()
    assert saved != before
    assert typed == (f"{saved} (pas encore enregistré)" if scripts else before)
    hours.fill("100")


def write_too_much_training(page: Page, matricule: str) -> None:
    """An error is said on top and on the line, and a draft says that it is no deposit."""
    training = page.get_by_label(f"{matricule}, dont formation")
    training.fill("120")
    page.get_by_role("button", name="Enregistrer le brouillon").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(training).to_have_value("120")
    ensure_fine(page)
    training.fill("")
    page.get_by_role("button", name="Enregistrer le brouillon").last.click()
    expect(page.get_by_text("Ceci est un brouillon : rien n’est déposé.", exact=True)).to_be_visible()
    ensure_fine(page)


def deposit(page: Page, *, version: int) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Déposer la déclaration").click()
    ensure_fine(page)
    without = page.get_by_label("Déposer sans ces parts")
    if without.count():
        without.check()
    page.get_by_role("button", name="Déposer la déclaration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Récépissé")
    expect(page.locator("main")).to_contain_text(f"ersion {version}")


def check(page: Page, month: str) -> None:
    page.goto(month)
    page.get_by_role("link", name=re.compile("Vérifier")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vérifier la déclaration")


def send_back(page: Page, comment: str) -> None:
    """Refused without a comment."""
    page.get_by_role("button", name=re.compile("Renvoyer")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Un mot pour le déclarant").fill(comment)
    page.get_by_role("button", name=re.compile("Renvoyer")).click()
    expect(page.get_by_text("Renvoyée").first).to_be_visible()


def accept(page: Page, matricule: str) -> None:
    """The person is new: her eligibility is confirmed once, with the criterion seen."""
    page.get_by_label(f"Éligibilité, {matricule}").select_option("confirmed")
    page.get_by_label(f"Critère, {matricule}").select_option("DELD")
    page.get_by_label(f"Justificatif vu, {matricule}").check()
    page.get_by_role("button", name="Accepter la déclaration").click()
    expect(page.locator("main")).to_contain_text("cceptée")


def hours_of(page: Page) -> int:
    """The hours retained in the year under way, as the direction reads them."""
    page.goto("/resultats/2026")
    shown = page.locator(".figures > div").filter(has_text="heures d’insertion").locator("dd").inner_text()
    return int("".join(re.findall(r"\d+", shown)))
