"""A lot too big for one: a network gathers structures, they agree and seal, and the buyer awards the lot to them."""

import re
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.people import NARROW, Stage, ensure_fine

HALLE, REGIE = "elise.dorvanel@halle-aux-outils.example", "ismael.tavernel@regie-tanneries.example"
JARDINS = "capucine.forgerat@jardins-source.example"


@dataclass(frozen=True)
class Chosen:
    """A reserved lot that is published, and what its walk makes of it."""

    project: str
    lot: str
    groupement: str
    contract: str


CHOSEN = {
    True: Chosen("Nettoyage des parcs de stationnement", "parcs en ouvrage", "Parcs nets", "2026J001"),
    False: Chosen("Nettoyage des bus et du dépôt de Nervaux", "dépôt et bureaux", "Nervaux propre", "2026J002"),
}
"""One for each way to walk, so that the walks do not meet."""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_groupement_forms_seals_files_and_wins(browser: Browser, portal_url: str, scripts: bool) -> None:
    stage, chosen = Stage(browser, portal_url, scripts=scripts), CHOSEN[scripts]
    with ExitStack() as open_browsers:
        network = open_browsers.enter_context(stage.persona("network"))
        ateliers = open_browsers.enter_context(stage.persona("structure"))
        purchasing = open_browsers.enter_context(stage.persona("purchasing"))
        halle = open_browsers.enter_context(stage.signed_in(HALLE, size=NARROW))
        jardins = open_browsers.enter_context(stage.signed_in(JARDINS))
        regie = open_browsers.enter_context(stage.signed_in(REGIE))
        visitor = open_browsers.enter_context(stage.visitor(size=NARROW))

        lot = find_lot(network, chosen)
        room = open_groupement(network, chosen)
        invite(network, room, "Les Ateliers du Pont de Pierre", part="50", hours="700")
        invite(network, room, "La Halle aux Outils", part="30", hours="400")
        invite(network, room, "Les Jardins de la Source Vive", part="20", hours="300")

        answer_yes(ateliers, room)
        answer_yes(halle, room)
        answer_no(jardins, room, "Nos équipes sont prises jusqu’à l’été.")
        ask_to_join(regie, lot, chosen)
        welcome(network, room, "Régie de quartier des Tanneries", "Nos équipes sont prises jusqu’à l’été.")

        set_terms(network, room)
        propose(network, room)
        for member in (ateliers, halle, regie):
            read_agreement(member, room)
        ensure_fine(halle)
        for member in (ateliers, halle, regie):
            accept(member)
        seal(ateliers, room)

        announce(purchasing, chosen)
        closed = purchasing.goto(room)
        assert closed is not None
        assert closed.status == 404
        file(ateliers, room)
        contract = award(purchasing, chosen)
        read_contract(ateliers, room, contract)
        for member in (halle, regie):
            member.goto(contract)
            expect(member.locator("main")).to_contain_text("Les Ateliers du Pont de Pierre")

        visitor.goto(lot)
        expect(visitor.locator("main")).to_contain_text("Attribué à Les Ateliers du Pont de Pierre")
        ensure_fine(visitor)


def find_lot(page: Page, chosen: Chosen) -> str:
    """In the forecast, among reserved lots; its address."""
    page.goto("/programmation")
    page.get_by_role("searchbox").or_(page.get_by_role("textbox")).first.fill(chosen.project)
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=re.compile(chosen.lot)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(chosen.lot)
    expect(page.locator(".band")).to_contain_text(re.compile("réservé", re.IGNORECASE))
    ensure_fine(page)
    return page.url


def open_groupement(page: Page, chosen: Chosen) -> str:
    """Refused without a name; the address of its room."""
    page.get_by_role("link", name="Ouvrir un groupement").click()
    page.get_by_role("button", name="Ouvrir le groupement").click()
    expect(page.get_by_role("alert")).to_be_visible()
    ensure_fine(page)
    page.get_by_label("Nom du groupement").fill(chosen.groupement)
    page.get_by_label("Ce que vous cherchez").fill("Trois structures du réseau, une par secteur.")
    page.get_by_role("button", name="Ouvrir le groupement").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(chosen.groupement)
    ensure_fine(page)
    return page.url


def invite(page: Page, room: str, name: str, *, part: str, hours: str) -> None:
    page.goto(room)
    page.get_by_role("link", name=re.compile("^Inviter un (autre )?membre")).first.click()
    page.get_by_label("Qui voulez-vous inviter").fill(name)
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=f"Choisir {name}").click()
    page.get_by_label("Votre message").fill("Nous préparons une réponse commune.")
    page.get_by_label("Part").fill(part)
    page.get_by_label("Heures proposées").fill(hours)
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.locator("main")).to_contain_text(f"{name} répond à l’invitation")


def answer_yes(page: Page, room: str) -> None:
    """From the home, where the invitation waits."""
    answering(page, room)
    page.get_by_label("Accepter").check()
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_role("heading", name="Membres et parts")).to_be_visible()


def answer_no(page: Page, room: str, why: str) -> None:
    """Refused without a reason."""
    answering(page, room)
    page.get_by_label("Décliner").check()
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Décliner")).to_be_checked()
    ensure_fine(page)
    page.get_by_label("Pourquoi").fill(why)
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("Il n’y a pas eu de suite")).to_be_visible()


def answering(page: Page, room: str) -> None:
    page.goto("/accueil")
    page.locator(f".todo a[href*='{room.rsplit('/', 1)[-1]}']").click()
    page.get_by_role("link", name="Répondre à l’invitation").click()


def ask_to_join(page: Page, lot: str, chosen: Chosen) -> None:
    """From the lot's page, which tells of the groupement."""
    page.goto(lot)
    page.get_by_role("link", name=f"Demander à rejoindre {chosen.groupement}").click()
    page.get_by_label("Votre message").fill("Douze agents disponibles, et deux véhicules.")
    ensure_fine(page)
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_text("Votre demande attend une réponse")).to_be_visible()


def welcome(page: Page, room: str, name: str, why_another_declined: str) -> None:
    page.goto(room)
    page.get_by_text("Qui n’en est plus, et pourquoi").click()
    expect(page.get_by_text(why_another_declined)).to_be_visible()
    page.get_by_role("link", name=re.compile(f"demande de {name}")).click()
    expect(page.get_by_text("Douze agents disponibles")).to_be_visible()
    page.get_by_label("Accepter").check()
    ensure_fine(page)
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_role("table")).to_contain_text(name)


def set_terms(page: Page, room: str) -> None:
    """Parts of a joint groupement make the whole: 90 % is refused, and stays typed."""
    page.goto(room)
    page.get_by_role("link", name="Forme, mandataire et parts").click()
    page.get_by_label("Conjoint, mandataire solidaire").check()
    page.get_by_label("Les Ateliers du Pont de Pierre").check()
    for name, task in (("Ateliers du Pont", "Collecte"), ("Halle", "Réemploi"), ("Régie", "Relations aux habitants")):
        page.get_by_role("group", name=re.compile(name)).get_by_label("Tâches").fill(task)
    newcomer = page.get_by_role("group", name=re.compile("Régie"))
    newcomer.get_by_label("Heures").fill("300")
    newcomer.get_by_label("Part").fill("120")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(newcomer.get_by_label("Part")).to_have_value("120")
    ensure_fine(page)
    newcomer.get_by_label("Part").fill("20")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("Mandataire désigné")


def propose(page: Page, room: str) -> None:
    page.goto(room)
    page.get_by_role("link", name=re.compile("Proposer l’accord")).first.click()
    ensure_fine(page)
    page.get_by_role("button", name="Proposer l’accord aux membres").click()
    expect(page.locator("main")).to_contain_text("accepte sa part")


def read_agreement(page: Page, room: str) -> None:
    page.goto(room)
    page.get_by_role("link", name=re.compile("accepter votre part")).click()
    expect(page.locator("main")).to_contain_text("Accord nᵒ 1")


def accept(page: Page) -> None:
    """Each from its own account."""
    page.get_by_role("button", name=re.compile("^Accepter pour")).click()
    expect(page.get_by_role("heading", name="Membres et parts")).to_be_visible()


def seal(page: Page, room: str) -> None:
    page.goto(room)
    page.get_by_role("link", name="Relire et sceller", exact=True).click()
    page.get_by_role("button", name="Sceller").click()
    expect(page.get_by_text("Lire l’accord nᵒ 1")).to_be_visible()
    page.get_by_text("Lire l’accord nᵒ 1").click()
    for name in ("Claire Ansel", "Élise Dorvanel", "Ismaël Tavernel"):
        expect(page.locator("main")).to_contain_text(name)
    ensure_fine(page)


def announce(page: Page, chosen: Chosen) -> None:
    """The consultation opens."""
    page.goto("/achats")
    page.get_by_role("link", name=chosen.project).first.click()
    page.get_by_role("link", name="Annoncer la consultation").click()
    page.get_by_label("Adresse").fill("https://profil-acheteur.deux-rives.example/consultations/j")
    page.get_by_label(re.compile("offres|répondre", re.IGNORECASE)).fill("15/01/2027")
    page.get_by_role("button", name="Annoncer la consultation").click()
    expect(page.get_by_text("La consultation est ouverte")).to_be_visible()


def file(page: Page, room: str) -> None:
    page.goto(room)
    page.get_by_role("link", name=re.compile("Déposer la candidature")).click()
    page.get_by_role("button", name="La candidature est déposée").click()
    expect(page.locator("main")).to_contain_text("choisit parmi les candidatures")
    ensure_fine(page)


def award(page: Page, chosen: Chosen) -> str:
    """Refused without a number; the contract takes the sealed composition. Its address."""
    page.goto("/achats")
    page.get_by_role("link", name=chosen.project).first.click()
    page.locator("li").filter(has_text=chosen.lot).get_by_role("link", name=re.compile("^Attribuer")).click()
    ensure_fine(page)
    page.get_by_role("link", name=chosen.groupement, exact=True).click()
    expect(page.locator("main")).to_contain_text("La Halle aux Outils")
    ensure_fine(page)
    page.get_by_role("link", name="Attribuer à ce groupement").first.click()
    page.get_by_label("Notifié le").fill("03/12/2026")
    page.get_by_label("Montant du marché").fill("210 000")
    page.get_by_role("button", name="Attribuer le lot").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Montant du marché")).to_have_value(re.compile("210"))
    ensure_fine(page)
    page.get_by_label("Numéro du marché").fill(chosen.contract)
    page.get_by_role("button", name="Attribuer le lot").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(chosen.lot)
    for name in ("Les Ateliers du Pont de Pierre", "La Halle aux Outils", "Régie de quartier des Tanneries"):
        expect(page.locator("main")).to_contain_text(name)
    ensure_fine(page)
    return page.url


def read_contract(page: Page, room: str, contract: str) -> None:
    """From the groupement, which tells that it won."""
    page.goto(room)
    page.get_by_role("link", name="Voir le marché").click()
    assert page.url == contract
