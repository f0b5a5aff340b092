"""Several persons, each at their own browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize

from portal.demo.personas import PASSWORD
from tests.journeys.conftest import NARROW, WIDE, enter_as
from tests.journeys.test_every_page import faults_of


@dataclass(frozen=True)
class Stage:
    """Where the persons of a journey meet: one portal, with scripts or without."""

    browser: Browser
    url: str
    scripts: bool = True

    @contextmanager
    def visitor(self, *, size: ViewportSize = WIDE) -> Iterator[Page]:
        context = self.browser.new_context(
            base_url=self.url, viewport=size, locale="fr-FR", java_script_enabled=self.scripts
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    @contextmanager
    def persona(self, role: str, *, size: ViewportSize = WIDE) -> Iterator[Page]:
        """One of the demonstration's nine, by the door."""
        with self.visitor(size=size) as page:
            enter_as(page, role)
            yield page

    @contextmanager
    def signed_in(self, email: str, *, size: ViewportSize = WIDE) -> Iterator[Page]:
        """Somebody else of the story, by the ordinary sign-in."""
        with self.visitor(size=size) as page:
            page.goto("/connexion")
            page.get_by_label("Adresse").fill(email)
            page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Se connecter").click()
            yield page


def ensure_fine(page: Page) -> None:
    """No fault of accessibility, no overflow, one heading of the first level, at both widths."""
    size = page.viewport_size or WIDE
    found = list(faults_of(page))
    page.set_viewport_size(size)
    assert found == [], (page.url, found)


def press_until(page: Page, is_reached: Callable[[], bool], *, most: int = 80) -> None:
    """Move the focus with the Tab key, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if is_reached():
            return
    raise AssertionError(f"the keyboard never got there on {page.url}")


__all__ = ["NARROW", "WIDE", "Stage", "ensure_fine", "press_until"]
