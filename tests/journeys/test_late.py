"""Somebody is late: one message for all of it, the mandataire and the facilitateur learn who; once filed, silence.

Reminders and the postman are woken by hand, as on later mornings. A morning comes once for everybody: the one who is
late with scripts and the one without are so together.
"""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo.place import Place
from tests.journeys.people import NARROW, Stage, ensure_fine
from tests.journeys.post import Mailbox, run_jobs

DAY_AFTER, A_WEEK_AFTER, TWO_WEEKS_AFTER = "2026-12-11", "2026-12-18", "2026-12-28"
"""The steps of November, due on 10 December; the 25th is a holiday, and the last step waits for the Monday."""
REGIE, NET_SERVICES = "ismael.tavernel@regie-tanneries.example", "paul.merel@net-services.example"
ATELIERS, FACILITATEUR = "claire.ansel@ateliers-pont-de-pierre.example", "nadia.belcourant@plie.example"
REMINDER = re.compile("déclarations? (en retard|attendue|à déposer)", re.IGNORECASE)
TRAMWAY, CRECHES = "Nettoyage des rames et des dépôts de tramway", "Nettoyage des crèches et des maisons de quartier"


def test_who_is_late_is_told_in_one_message_until_the_month_is_filed(
    browser: Browser, portal_url: str, demo_place: Place
) -> None:
    stage, plain = Stage(browser, portal_url), Stage(browser, portal_url, scripts=False)
    with (
        stage.signed_in(REGIE, size=NARROW) as regie,
        plain.signed_in(NET_SERVICES) as net_services,
        stage.persona("facilitateur") as facilitateur,
        plain.visitor() as page,
    ):
        mailbox = Mailbox(page, REMINDER)
        wake(demo_place, DAY_AFTER)
        letter = mailbox.only_new_letter(REGIE)
        expect(letter).to_contain_text("octobre 2026, Régie de quartier des Tanneries : 31 jours de retard")
        expect(letter).to_contain_text("novembre 2026, Régie de quartier des Tanneries : 1 jour de retard")
        october, november = month_of(letter, CRECHES), month_of(letter, TRAMWAY)
        theirs = month_of(mailbox.only_new_letter(NET_SERVICES), CRECHES)
        mailbox.read_all(ATELIERS)

        wake(demo_place, A_WEEK_AFTER)
        letter = mailbox.only_new_letter(ATELIERS)
        expect(letter).to_contain_text(re.compile("groupement dont vous êtes le mandataire", re.IGNORECASE))
        expect(letter).to_contain_text("novembre 2026, Net’Services Solidaires : 8 jours de retard")
        mailbox.read_all(REGIE, NET_SERVICES)

        see_who_is_late(facilitateur)
        see_ledger(facilitateur, theirs)
        for month in (october, november):
            file_nothing(regie, month)
        act_for(net_services, "Net’Services Solidaires", theirs)
        file_nothing(net_services, theirs)

        wake(demo_place, TWO_WEEKS_AFTER)
        assert mailbox.new_letters(REGIE) == []
        letter = mailbox.only_new_letter(NET_SERVICES)
        expect(letter).to_contain_text("novembre 2026")
        expect(letter).not_to_contain_text(CRECHES)
        for who in (ATELIERS, FACILITATEUR):
            letter = mailbox.only_new_letter(who)
            expect(letter).not_to_contain_text("Régie de quartier des Tanneries")
        regie.goto(november)
        expect(regie.locator("#rappels")).to_contain_text("Plus aucun rappel ne part")


def wake(place: Place, day: str) -> None:
    """What the scheduler does on a day: the reminders, then the postman."""
    run_jobs(place, "reminders", on=day)


def month_of(letter: Locator, contract: str) -> str:
    """Where to file the month of a contract."""
    return letter.locator("p").filter(has_text=contract).get_by_role("link").get_attribute("href") or ""


def see_who_is_late(page: Page) -> None:
    """From the home to October, due for three weeks: all that was told of it, and to whom."""
    page.goto("/accueil")
    page.get_by_role("link", name="Voir les retards").click()
    ensure_fine(page)
    page.get_by_role("row").filter(has_text="Régie de quartier des Tanneries").get_by_role("link").first.click()
    ledger = page.locator("#rappels")
    for words in ("15 jours après l’échéance", "Mandataire : Claire Ansel", "Tête de réseau", "Ismaël Tavernel"):
        expect(ledger).to_contain_text(words)
    ensure_fine(page)


def see_ledger(page: Page, month: str) -> None:
    page.goto(month)
    ledger = page.locator("#rappels")
    for words in ("le lendemain de l’échéance", "8 jours après l’échéance", "Déclarant : Paul Mérel"):
        expect(ledger).to_contain_text(words)


def file_nothing(page: Page, month: str) -> None:
    """Nobody worked: it is a declaration too."""
    page.goto(month)
    page.get_by_role("button", name=re.compile("néant")).click()
    page.get_by_role("button", name="Oui, personne n’a travaillé").click()
    page.get_by_role("button", name="Déposer la déclaration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Récépissé")


def act_for(page: Page, organisation: str, month: str) -> None:
    """Acting for another organisation, the letter's link does not open, and the page says how it will."""
    page.goto(month)
    page.get_by_role("link", name="choisissez-la dans votre compte").click()
    page.get_by_label(organisation).check()
    page.get_by_role("button", name="Agir pour cette organisation").click()
