"""Lines entrusted: the employer fills its part and hands it, the titulaire deposits, the facilitateur sends one line
back, it is corrected as a new version, compared, accepted, and kept as a receipt."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.people import NARROW, Stage, ensure_fine
from tests.journeys.test_month import check

PAUL, EMPLOYER = "paul.merel@net-services.example", "Cap Renfort"
CONTRACT, LENT = "Propreté des pôles d’échanges — lot 1", "CAP-002"
ASKED, REMARK = "Le relevé de CAP-002 ne dit pas cela.", "Le bulletin porte douze heures de moins."


def test_entrusted_lines_are_handed_deposited_sent_back_and_accepted(browser: Browser, portal_url: str) -> None:
    stage, plain = Stage(browser, portal_url), Stage(browser, portal_url, scripts=False)
    with (
        stage.persona("titulaire") as titulaire,
        plain.signed_in(PAUL, size=NARROW) as employer,
        stage.persona("facilitateur") as facilitateur,
    ):
        month = open_october(titulaire)
        fill_own_lines(titulaire)
        hand_back(titulaire)

        part = open_part(employer)
        expect(employer.locator(".message").first).to_contain_text(ASKED)
        add_lent(employer)
        hand(employer, "150")
        see_part(titulaire, month, "Remise", "150\u202fh")
        deposit(titulaire, version=1)

        check(facilitateur, month)
        send_line_back(facilitateur)

        employer.goto(part)
        expect(employer.locator(".message").first).to_contain_text(f"{LENT}\u202f: «\u202f{REMARK}\u202f»")
        ensure_fine(employer)
        refuse_deposit_without_part(titulaire, month)
        hand(employer, "138")
        deposit(titulaire, version=2, month=month)
        compare(titulaire, month)

        check(facilitateur, month)
        accept(facilitateur)
        keep_receipt(titulaire, month)


def open_october(page: Page) -> str:
    """Late, with the people of September, and what their employer handed."""
    page.goto("/accueil")
    waiting = page.locator(".todo > li").filter(has_text=CONTRACT).filter(has_text="octobre 2026")
    waiting.get_by_role("link").click()
    expect(page.get_by_text("Les personnes du mois d’avant sont déjà là, sans heures.")).to_be_visible()
    expect(page.locator("#parts")).to_contain_text(EMPLOYER)
    expect(page.locator("#parts")).to_contain_text("Remise")
    ensure_fine(page)
    return page.url


def fill_own_lines(page: Page) -> None:
    """The total that follows what is typed counts what others handed too: it says what the saved page says."""
    for field, typed in zip(page.locator("[data-sum=hours]").all(), ("101,25", "1 12"), strict=True):
        field.fill(typed)
    page.locator("[data-sum=training]").first.fill("7")
    total = page.locator("[data-total=words]")
    typed = total.inner_text()
    page.get_by_role("button", name="Enregistrer le brouillon").last.click()
    expect(page.get_by_text("Ceci est un brouillon\u202f: rien n’est déposé.", exact=True)).to_be_visible()
    assert typed == f"{total.inner_text()} (pas encore enregistré)"


def hand_back(page: Page) -> None:
    """Refused without a word."""
    page.get_by_role("link", name=f"Rendre pour correction sa part à {EMPLOYER}").click()
    page.get_by_role("button", name="Rendre la part").click()
    expect(page.get_by_role("alert")).to_be_visible()
    ensure_fine(page)
    page.get_by_label("Ce qui est à corriger").fill(ASKED)
    page.get_by_role("button", name="Rendre la part").click()
    expect(page.locator("#parts")).to_contain_text("Rendue, à corriger")


def open_part(page: Page) -> str:
    """From the home of who employs: its person acts for another structure too."""
    page.goto("/compte")
    page.get_by_label(EMPLOYER).check()
    page.get_by_role("button", name="Agir pour cette organisation").click()
    page.goto("/accueil")
    waiting = page.locator(".todo > li").filter(has_text=CONTRACT).filter(has_text="octobre 2026")
    expect(waiting).to_contain_text("Rendue, à corriger")
    waiting.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("part")
    ensure_fine(page)
    return page.url


def add_lent(page: Page) -> None:
    page.get_by_role("button", name="Ajouter une personne").click()
    page.get_by_label("Matricule").fill("CAP-904")
    page.get_by_label("Heures du mois").fill("35")
    page.get_by_label("Nom de naissance").fill("Vaudrémont")
    page.get_by_label("Prénom").fill("Lison")
    page.get_by_label("Date de naissance").fill("08/02/1997")
    page.get_by_label("Femme").check()
    page.get_by_label("Entrée").fill("05/10/2026")
    page.get_by_label("Comment travaille-t-elle").select_option(label="Mise à disposition")
    page.get_by_label("Son contrat de travail").select_option(index=1)
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("table")).to_contain_text("CAP-904")


def hand(page: Page, hours: str) -> None:
    page.get_by_label(f"{LENT}, heures").fill(hours)
    page.get_by_role("button", name="Remettre ma part").last.click()
    ensure_fine(page)
    page.get_by_role("button", name="Remettre ma part").click()
    expect(page.get_by_text("Votre part ne se remplit plus.")).to_be_visible()
    ensure_fine(page)


def see_part(page: Page, month: str, state: str, hours: str) -> None:
    """To be read by who deposits, not to be typed in."""
    page.goto(month)
    part = page.locator("#parts")
    expect(part).to_contain_text(state)
    expect(part.get_by_role("row").filter(has_text=LENT)).to_contain_text(hours)
    expect(page.get_by_label(f"{LENT}, heures")).to_have_count(0)


def deposit(page: Page, *, version: int, month: str | None = None) -> None:
    if month:
        page.goto(month)
    page.get_by_role("button", name="Déposer la déclaration").click()
    expect(page.get_by_text(re.compile(f"{EMPLOYER}\u202f: 4 personnes"))).to_be_visible()
    page.get_by_role("button", name="Déposer la déclaration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Récépissé")
    expect(page.locator("main")).to_contain_text(f"Version {version}")


def send_line_back(page: Page) -> None:
    line = page.locator(".weighed").filter(has_text=LENT)
    expect(line).to_contain_text(f"employée par {EMPLOYER}")
    line.get_by_text("À corriger").click()
    line.get_by_label("Remarque, lue en cas de renvoi").fill(REMARK)
    page.get_by_role("button", name="Renvoyer pour correction").click()
    expect(page.get_by_text("Renvoyée").first).to_be_visible()


def refuse_deposit_without_part(page: Page, month: str) -> None:
    """A deposit without what an employer has not handed again is made knowingly, or not at all."""
    page.goto(month)
    expect(page.locator("#parts")).to_contain_text("Rouverte, à corriger")
    expect(page.locator("#parts")).to_contain_text(REMARK)
    ensure_fine(page)
    page.get_by_role("button", name="Déposer la déclaration").click()
    page.get_by_role("button", name="Déposer la déclaration").click()
    expect(page.get_by_role("alert")).to_contain_text("La déclaration n’est pas déposée.")
    expect(page.get_by_label("Déposer sans ces parts")).not_to_be_checked()
    ensure_fine(page)


def compare(page: Page, month: str) -> None:
    page.goto(month)
    page.get_by_role("link", name="Comparer les versions").click()
    row = page.get_by_role("row").filter(has_text=LENT)
    for words in ("150\u202fh", "138\u202fh", REMARK):
        expect(row).to_contain_text(words)
    expect(page.get_by_role("row").filter(has_text="CAP-001")).to_have_count(0)
    ensure_fine(page)


def accept(page: Page) -> None:
    """What changed is marked on its line."""
    line = page.locator(".weighed").filter(has_text=LENT)
    expect(line).to_contain_text("depuis la version renvoyée")
    expect(line).to_contain_text(REMARK)
    ensure_fine(page)
    for each in page.get_by_label(re.compile("^Éligibilité, ")).all():
        if each.is_visible():
            each.select_option("confirmed")
    for each in page.get_by_label(re.compile("^Critère, ")).all():
        if each.is_visible():
            each.select_option("DELD")
    for each in page.get_by_label(re.compile("^Justificatif vu, ")).all():
        if each.is_visible():
            each.check()
    page.get_by_role("button", name="Accepter la déclaration").click()
    expect(page.locator("main")).to_contain_text("cceptée")


def keep_receipt(page: Page, month: str) -> None:
    page.goto(month)
    expect(page.locator(".band")).to_contain_text("Acceptée")
    address = page.get_by_role("link", name="En PDF").get_attribute("href")
    receipt = page.request.get(str(address))
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.body().startswith(b"%PDF-")
    assert len(receipt.body()) > 5_000
