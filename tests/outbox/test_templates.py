"""Mails come from templates that know neither request nor application."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portal.kernel import french
from portal.outbox import configure, mail_from_template

FOLDER = "accounts/emails/greeting"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Bonjour {{ name }} : {{ 2 | plural('lot') }}\n")
    (folder / "body.txt").write_text("{{ name }}\n{{ base_url }}/suite\n{{ portal_name }}\n")
    (folder / "body.html").write_text("<p>{{ name }}</p>\n")
    configure(tmp_path, "https://amont.example", {"plural": french.plural}, portal_name="Amont")
    return folder


def test_a_mail_is_its_three_templates(folder: Path) -> None:
    mail = mail_from_template(FOLDER, {"name": "L’Œuvre & Cie"})
    assert mail.subject == "Bonjour L’Œuvre & Cie : 2 lots"
    assert mail.text == "L’Œuvre & Cie\nhttps://amont.example/suite\nAmont"
    assert mail.html == "<p>L’Œuvre &amp; Cie</p>"


def test_a_name_cannot_add_a_header(folder: Path) -> None:
    with pytest.raises(ValueError, match="one line"):
        mail_from_template(FOLDER, {"name": "Zoé\nBcc: tout-le-monde@ailleurs.example"})


def test_a_name_that_the_template_expects_must_be_given(folder: Path) -> None:
    with pytest.raises(UndefinedError):
        mail_from_template(FOLDER, {})
