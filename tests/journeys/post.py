"""The jobs that a scheduler would run, woken by hand, and the mails that left, as the demonstration shows them."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from config import ROOT
from portal.demo.place import Place, read_settings
from tests.journeys.people import ensure_fine


def run_jobs(place: Place, *names: str, on: str | None = None) -> None:
    """Run them as at the command line, on the morning of a day if one is given; then the postman."""
    settings = dict(os.environ) | read_settings(place.environment)
    day = ("--on", on) if on else ()
    for job in (*names, "outbox"):
        command = [sys.executable, "-m", "portal", "run-job", job, *day]
        subprocess.run(command, cwd=ROOT, env=settings, check=True, capture_output=True, timeout=120)


@dataclass
class Mailbox:
    """The letters of one subject that came, for each person; each is read once."""

    page: Page
    subject: re.Pattern[str]
    read: set[str] = field(default_factory=set)

    def new_letters(self, email: str) -> list[str]:
        self.page.goto("/demo/courriels")
        rows = self.page.get_by_role("row").filter(has_text=email)
        links = [link.get_attribute("href") or "" for link in rows.get_by_role("link", name=self.subject).all()]
        return [link for link in links if link not in self.read]

    def read_all(self, *emails: str) -> None:
        self.read.update(link for email in emails for link in self.new_letters(email))

    def only_new_letter(self, email: str) -> Locator:
        """Its page, once and only once it came."""
        letters = self.new_letters(email)
        assert len(letters) == 1, (email, letters)
        self.read.update(letters)
        self.page.goto(letters[0])
        ensure_fine(self.page)
        return self.page.locator("main")
