"""A month declared by somebody who has no mouse: Tab, Enter and Space, from the sign-in to the receipt."""

from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from portal.demo.personas import PASSWORD
from tests.journeys.people import Stage, press_until

LOT = "Entretien des jardins de la maison des associations"
LAVANDES, CONTRACT = "yves.malivert@lavandes.example", "Restauration des crèches"

FILE: FilePayload = {"name": "novembre.csv", "mimeType": "text/csv", "buffer": b"Matricule;Heures\nL-77;91,50\n"}


def test_a_month_is_declared_by_keyboard_alone(browser: Browser, portal_url: str) -> None:
    with Stage(browser, portal_url).visitor() as page:
        page.goto("/connexion")
        write(page, "Adresse électronique", LAVANDES)
        write(page, "Mot de passe", PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_contain_text("Qu’est-ce qui m’attend")
        month = page.locator(".todo > li").filter(has_text=CONTRACT).filter(has_text="novembre 2026")
        reach(page, month.get_by_role("link"))
        page.keyboard.press("Enter")
        press(page, "Ajouter une personne")
        add_person(page)
        fill_from_file(page)
        press(page, "Déposer la déclaration")
        press(page, "Déposer la déclaration")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Récépissé")


def add_person(page: Page) -> None:
    write(page, "Matricule", "L-77")
    write(page, "Heures du mois", "84")
    write(page, "Nom de naissance", "Orvandel")
    write(page, "Prénom", "Sacha")
    write(page, "Date de naissance", "03/09/1990")
    reach(page, page.get_by_label("Femme"))
    page.keyboard.press("Space")
    write(page, "Entrée", "02/11/2026")
    choose(page, "Comment travaille-t-elle", "Embauche directe")
    choose(page, "Son contrat de travail", "CDD")
    press(page, "Ajouter au mois")
    expect(page.get_by_role("table")).to_contain_text("L-77")


def fill_from_file(page: Page) -> None:
    press(page, "Remplir avec un fichier")
    reach(page, page.get_by_label("Votre fichier"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(FILE)
    press(page, "Lire ce fichier")
    press(page, "Garder la ligne valide")
    expect(page.get_by_label("L-77, heures")).to_have_value("91,50")


def reach(page: Page, wanted: Locator) -> None:
    """Forward with Tab, until it has the focus."""
    expect(wanted).to_have_count(1)
    press_until(page, lambda: bool(wanted.evaluate("element => element === document.activeElement")))


def write(page: Page, label: str, words: str) -> None:
    reach(page, page.get_by_label(label))
    page.keyboard.type(words)


def choose(page: Page, label: str, option: str) -> None:
    """In a list, by typing how the option begins."""
    write(page, label, option)
    expect(page.get_by_label(label).locator("option:checked")).to_have_text(option)


def press(page: Page, button: str) -> None:
    reach(page, page.get_by_role("button", name=button))
    page.keyboard.press("Enter")


def test_a_lot_is_followed_and_answered_for_by_keyboard_alone(browser: Browser, portal_url: str) -> None:
    with Stage(browser, portal_url).visitor() as page:
        page.goto("/connexion")
        write(page, "Adresse électronique", LAVANDES)
        write(page, "Mot de passe", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Qu’est-ce qui m’attend")
        page.goto("/programmation?q=jardins+maison+associations")
        reach(page, page.get_by_role("link", name=LOT).first)
        page.keyboard.press("Enter")
        press(page, "Suivre ce projet")
        expect(page.locator("main")).to_contain_text("Vous le suivez")
        reach(page, page.locator("main").get_by_role("link", name="Dire notre intérêt").first)
        page.keyboard.press("Enter")
        reach(page, page.get_by_label("répondre seule"))
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        expect(page.get_by_label("cherche des partenaires")).to_be_checked()
        write(page, "Heures que vous", "120")
        press(page, "Enregistrer")
        expect(page.locator("main")).to_contain_text("cherche des partenaires")
