"""Twelve thousand hours, seven thousand offered: a network gathers five structures until the seal (journey 3)."""

import functools
import re
from contextlib import ExitStack

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.people import NARROW, Stage, ensure_fine, press_until

HALLE, REGIE, PAUL = (
    "elise.dorvanel@halle-aux-outils.example",
    "ismael.tavernel@regie-tanneries.example",
    "paul.merel@net-services.example",
)
LOT = "Nettoyage des écoles et des équipements — lot 3, rive droite"
ROOM = "/groupements/rive-droite1"

SHARES = {
    "Les Ateliers du Pont de Pierre": ("30", "4000", "Écoles de l’est, mandat, encadrement"),
    "Régie de quartier des Tanneries": ("25", "2800", "Écoles et maison de quartier des Tanneries"),
    "Net’Services Solidaires": ("20", "2400", "Remplacements, heures du soir"),
    "Cap Renfort": ("15", "1600", "Écoles du nord"),
    "La Halle aux Outils": ("10", "1200", "Deux gymnases"),
}
TASKS = {"Encadrement des équipes du matin": "Les Ateliers", "Remplacements sous vingt-quatre heures": "Net’Services"}


def test_twelve_thousand_hours_become_a_sealed_groupement_of_five(browser: Browser, portal_url: str) -> None:
    stage = Stage(browser, portal_url, scripts=False)
    with ExitStack() as open_browsers:
        network = open_browsers.enter_context(stage.persona("network"))
        ateliers = open_browsers.enter_context(stage.persona("structure", size=NARROW))
        purchasing = open_browsers.enter_context(stage.persona("purchasing"))
        halle = open_browsers.enter_context(stage.signed_in(HALLE))
        regie = open_browsers.enter_context(stage.signed_in(REGIE, size=NARROW))
        paul = open_browsers.enter_context(stage.signed_in(PAUL))

        lot = see_the_hole(network)
        see_one_s_own(ateliers, lot)
        read_totals(purchasing, lot)
        invite_a_partner(network, "Cap Renfort")
        welcome_whoever_asked(network, "La Halle aux Outils")
        answer_yes(ateliers)
        act_for(paul, "Cap Renfort")
        answer_yes(paul)

        share(network)
        propose(network)
        accept_by_keyboard(regie)
        for member in (ateliers, halle, paul):
            accept(member)
        act_for(paul, "Net’Services Solidaires")
        accept(paul)
        seal(ateliers)
        read_papers(regie)
        turned_away(purchasing)


def see_the_hole(page: Page) -> str:
    """From the network's own page: what is missing, who could fill it, what is said of other ways to cut the lot."""
    page.goto("/reseau")
    ensure_fine(page)
    page.get_by_role("link", name=LOT).first.click()
    lot = page.url
    page.get_by_role("link", name=re.compile("couverture", re.IGNORECASE)).first.click()
    offered, wanted, missing = told_hours(page)
    assert (wanted, missing) == (12_000, 12_000 - offered)
    assert 4_000 <= offered <= 7_000
    expect(page.locator("main")).to_contain_text("Cap Renfort")
    ensure_fine(page)
    page.goto(lot + "/calibrage")
    expect(page.locator("main")).to_contain_text("gardez Belleroche avec ses voisines")
    ensure_fine(page)
    return lot


def told_hours(page: Page) -> tuple[int, int, int]:
    """Offered, wanted, missing: fewer than seven thousand once other walks of the same day sealed theirs."""
    told = page.locator(".band").inner_text()
    figures = re.findall(r"(\d[\d\u202f]*)\u202fh", told)
    offered, wanted, missing = (int(each.replace("\u202f", "")) for each in figures)
    return offered, wanted, missing


def see_one_s_own(page: Page, lot: str) -> None:
    """A structure reads the total and its own share, nobody else's."""
    page.goto(lot + "/couverture")
    assert told_hours(page)[1] == 12_000
    expect(page.get_by_role("heading", name="Ce que vous pourriez donner")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Cap Renfort")
    ensure_fine(page)


def read_totals(page: Page, lot: str) -> None:
    """The buyer reads that somebody prepares, and how far: not who."""
    page.goto(lot)
    expect(page.locator("main")).to_contain_text("1 groupement")
    expect(page.locator("main")).not_to_contain_text("Écoles de la rive droite")
    ensure_fine(page)


def invite_a_partner(page: Page, name: str) -> None:
    """Among those that complete the groupement, each with its reasons."""
    page.goto(ROOM)
    page.get_by_role("link", name="Chercher des partenaires").click()
    ensure_fine(page)
    page.get_by_role("link", name=f"Inviter {name}").click()
    page.get_by_label("Votre message").fill("Nervaux et Valmeuse n’ont encore personne.")
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.locator("main")).to_contain_text(f"{name} répond à l’invitation")


def welcome_whoever_asked(page: Page, name: str) -> None:
    page.goto(ROOM)
    page.get_by_role("link", name="Lire et répondre").first.click()
    expect(page.get_by_text("deux gymnases")).to_be_visible()
    page.get_by_label("Accepter").check()
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_role("table")).to_contain_text(name)


def answer_yes(page: Page) -> None:
    page.goto("/accueil")
    page.locator(".todo a[href*='rive-droite1']").first.click()
    page.get_by_role("link", name="Répondre à l’invitation").click()
    page.get_by_label("Accepter").check()
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_role("heading", name="Membres et parts")).to_be_visible()


def act_for(page: Page, organisation: str) -> None:
    page.goto("/compte")
    page.get_by_label(organisation).check()
    page.get_by_role("button", name="Agir pour cette organisation").click()
    page.goto("/accueil")
    expect(page.locator(".who").first).to_contain_text(organisation)


def share(page: Page) -> None:
    """Refused beyond the whole, nothing typed lost; then five parts of twelve thousand hours, and who does what."""
    page.goto(ROOM)
    page.get_by_role("link", name="Forme, mandataire et parts").click()
    ensure_fine(page)
    page.get_by_label("Conjoint, mandataire solidaire").check()
    page.get_by_role("group", name="Mandataire").get_by_label("Les Ateliers du Pont de Pierre").check()
    for name, (part, hours, tasks) in SHARES.items():
        row = page.get_by_role("group", name=re.compile(f"^{name}"))
        row.get_by_label("Part").fill(part)
        row.get_by_label("Heures").fill(hours)
        row.get_by_label("Tâches").fill(tasks)
    for task, member in TASKS.items():
        choice = page.get_by_label(task)
        choice.select_option(label=choice.locator("option").filter(has_text=member).first.text_content())
    halle = page.get_by_role("group", name=re.compile("^La Halle"))
    halle.get_by_label("Part").fill("90")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(halle.get_by_label("Tâches")).to_have_value("Deux gymnases")
    halle.get_by_label("Part").fill("10")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("table")).to_contain_text("12\u202f000\u202fh")


def propose(page: Page) -> None:
    page.goto(ROOM)
    page.get_by_role("link", name=re.compile("proposer", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Proposer l’accord aux membres").click()
    expect(page.locator("main")).to_contain_text("accepte sa part")


def accept(page: Page) -> None:
    page.goto(ROOM)
    page.get_by_role("link", name=re.compile("accepter")).first.click()
    expect(page.locator("main")).to_contain_text("Accord nᵒ 1")
    page.get_by_role("button", name=re.compile("^Accepter pour")).click()
    expect(page.get_by_role("heading", name="Membres et parts")).to_be_visible()


def accept_by_keyboard(page: Page) -> None:
    """The room, the agreement, the acceptance: Tab and Enter alone."""
    page.goto(ROOM)
    for control in (
        page.get_by_role("link", name=re.compile("accepter")).first,
        page.get_by_role("button", name=re.compile("^Accepter pour")),
    ):
        press_until(page, functools.partial(has_focus, control))
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Membres et parts")).to_be_visible()


def has_focus(control: Locator) -> bool:
    return bool(control.evaluate("element => element === document.activeElement"))


def seal(page: Page) -> None:
    page.goto(ROOM)
    page.get_by_role("link", name="Relire et sceller", exact=True).click()
    page.get_by_role("button", name="Sceller").click()
    expect(page.get_by_text("Empreinte vérifiée")).to_be_visible()
    ensure_fine(page)


def read_papers(page: Page) -> None:
    """Every document of the room opens, a real PDF or workbook each."""
    page.goto(ROOM)
    links = page.locator("a[href*='/documents/']")
    addresses = {links.nth(rank).get_attribute("href") or "" for rank in range(links.count())}
    assert len([address for address in addresses if address.endswith(".pdf")]) >= 3 + len(SHARES) - 1
    for address in addresses:
        answer = page.request.get(address)
        assert answer.status == 200, address
        assert answer.body().startswith(b"%PDF-" if address.endswith(".pdf") else b"PK"), address


def turned_away(page: Page) -> None:
    for address in (ROOM, f"{ROOM}/documents/dc1.pdf", f"{ROOM}/pieces"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in {403, 404}, address
