"""The mails of the demonstration: received over SMTP, kept, read back."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from portal.demo.mailbox import Mailbox, receiving
from portal.kernel.errors import NotFound


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Amont <ne-pas-repondre@amont.example>", "claire@pont.example", subject
    mail.set_content("Bonjour,\n\nVotre accès est prêt.\n")
    mail.add_alternative("<p>Votre accès est <b>prêt</b>.</p>", subtype="html")
    return mail


def test_what_is_sent_is_kept_and_read_back(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mails")
    with receiving(mailbox) as port, smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(_mail("Votre accès"))
        smtp.send_message(_mail("Un rappel"))
    assert mailbox.count() == 2
    latest, first = mailbox.latest(10)
    assert (first.subject, latest.subject) == ("Votre accès", "Un rappel")
    assert first.at < latest.at
    read = mailbox.read(first.name)
    assert read.recipient == "claire@pont.example"
    assert "Votre accès est prêt." in read.text
    assert read.html.strip() == "<p>Votre accès est <b>prêt</b>.</p>"


def test_an_empty_box_and_a_mail_without_anything(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "never made")
    assert (mailbox.count(), mailbox.latest(5)) == (0, [])
    bare = mailbox.read(mailbox.keep(b"\r\n"))
    assert (bare.subject, bare.recipient, bare.text, bare.html) == ("(sans objet)", "(sans destinataire)", "", "")


@pytest.mark.parametrize("name", ["20261203T080000000000", "../keys", "..%2Fkeys", "", "keys"])
def test_only_a_mail_of_the_box_can_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "keys.eml").write_text("AMONT_SECRET_KEY=…")
    with pytest.raises(NotFound):
        Mailbox(tmp_path / "mails").read(name)


def test_mails_of_the_same_instant_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.kernel import clock  # noqa: PLC0415

    at = clock.utc_now()
    monkeypatch.setattr(clock, "utc_now", lambda: at)
    mailbox = Mailbox(tmp_path)
    assert len({mailbox.keep(b"Subject: x\r\n\r\n") for _ in range(5)}) == mailbox.count() == 5
