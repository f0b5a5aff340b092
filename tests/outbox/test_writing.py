"""What is written can be read back, and holds the headers it was given and no other."""

from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.clock import PARIS
from portal.outbox import Mail
from portal.outbox.writing import new_message_id, written

SENDER = Address("Amont — achats à venir", addr_spec="ne-pas-repondre@amont.example")
NOW = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300).map(
    lambda text: " ".join(text.split())
)
LINES = st.lists(ONE_LINE, min_size=1, max_size=20).map(lambda lines: "\n".join([*lines, ""]))


def read_back(mail: Mail) -> EmailMessage:
    content = written(
        mail, sender=SENDER, recipient="a.b@structure.example", message_id=new_message_id(SENDER), now=NOW
    )
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, policy=policy.default)


@given(subject=ONE_LINE, text=LINES, html=LINES)
def test_what_is_written_reads_the_same(subject: str, text: str, html: str) -> None:
    message = read_back(Mail(subject, text, html))
    assert message["Subject"] == subject
    assert [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()] == [text, html]


@given(subject=ONE_LINE)
def test_only_known_headers_are_written(subject: str) -> None:
    message = read_back(Mail(subject, "Texte\n", "<p>Texte</p>\n"))
    known = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    assert message.keys() == known
    assert message["From"].addresses == (SENDER,)
    assert message["To"] == "a.b@structure.example"
    assert message["Date"].datetime == NOW


def test_what_may_be_stopped_says_how_in_one_click() -> None:
    url = "https://amont.example/alertes/arret/" + "a" * 180
    message = read_back(Mail("Objet", "Texte\n", "<p>Texte</p>\n", unsubscribe_url=url))
    assert message["List-Unsubscribe"].strip() == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(ValueError, match="one line"):
        Mail("Objet", "Texte\n", "<p>Texte</p>\n", unsubscribe_url="https://amont.example/\nBcc: x@y.example")
