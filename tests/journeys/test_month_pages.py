"""The pages around a month, each at both widths: nothing overflows, nothing that axe faults."""

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.people import WIDE, Stage
from tests.journeys.test_every_page import faults_of

BOUGHT = "/marches/metropole-des-deux-rives-2024-201-1"
"""The contract of the cast that everybody below may read."""
ORDERED = "/marches/metropole-des-deux-rives-2023-122-2"
"""Hours there follow what is ordered."""
Route = tuple[str, ...]
"""Where to begin, then links to follow, by what their address holds or by their words; « + » adds to the address."""
_DRAFT = "Reprendre novembre 2026, Nettoyage des stations"
ROUTES: dict[str, list[Route]] = {
    "titulaire": [
        (f"{BOUGHT}/confier?q=cap renfort",),
        ("/declarations", _DRAFT),
        ("/declarations", _DRAFT, "+/fichier"),
        ("/declarations", _DRAFT, "+/pieces"),
        ("/declarations", _DRAFT, "+/personnes"),
        ("/declarations", _DRAFT, "+/deposer"),
    ],
    "structure": [("/declarations/parts",), ("/declarations/parts", "/part")],
    "facilitateur": [
        ("/declarations/a-accepter",),
        ("/declarations/a-accepter?cocher=tout",),
        ("/declarations/a-accepter", "/verifier"),
        ("/declarations/a-accepter", "/verifier", "/parcours/"),
        ("/declarations/a-accepter", "/verifier", "/eligibilite"),
        ("/eligibilites",),
        ("/six-mois",),
        ("/ressemblances",),
    ],
    "purchasing": [
        (f"{BOUGHT}/avenants/nouveau",),
        (f"{ORDERED}/commandes",),
        (f"{BOUGHT}/penalites",),
        (f"{BOUGHT}/penalites/regles",),
        ("/mutualisations",),
        ("/mutualisations", "Propreté des pôles"),
        ("/mutualisations/nouvelle",),
    ],
}


@pytest.mark.parametrize("persona", ROUTES)
def test_the_pages_around_a_month_are_fine(persona: str, browser: Browser, portal_url: str) -> None:
    faults = {}
    with Stage(browser, portal_url).persona(persona) as page:
        for route in ROUTES[persona]:
            walk(page, route)
            faults[page.url] = list(faults_of(page))
    assert not {url: found for url, found in faults.items() if found}


def walk(page: Page, route: Route) -> None:
    start, *steps = route
    page.set_viewport_size(WIDE)
    page.goto(start)
    for step in steps:
        if step.startswith("+"):
            page.goto(page.url + step.removeprefix("+"))
        else:
            link = page.locator(f"main a[href*='{step}']") if "/" in step else page.get_by_role("link", name=step)
            page.goto(str(link.first.get_attribute("href")))
    assert page.get_by_text("Erreur ").count() == 0, page.url
