"""From the sign-up page to the account through a real SMTP server."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask.testing import FlaskClient

from config import Config
from portal import outbox, scheduler
from portal.kernel import clock
from portal.outbox import composing
from tests.accounts.people import OTHER_PASSWORD, PASSWORD, sign_in, siret, submit, text_of
from tests.outbox.postbox import Postbox

CLAIRE = "claire.ansel@pont.example"


@pytest.fixture
def postbox(config: Config) -> Iterator[Postbox]:
    scheduler.prepare(config)
    with Postbox() as opened:
        yield opened
    composing._composers.clear()


def _received(postbox: Postbox) -> EmailMessage:
    """The mail that the deliverer has just carried."""
    outbox.deliver(postbox.settings(), clock.utc_now())
    return postbox.received.pop()


def _link(message: EmailMessage) -> str:
    text = message.get_body(("plain",))
    assert text is not None
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", text.get_content())
    assert found is not None
    return found[1]


def test_someone_signs_up_reads_their_mail_and_comes_in(
    client: FlaskClient, postbox: Postbox, moment: time_machine.Traveller
) -> None:
    page = f"/inscription?siret={siret(1)}"
    submit(client, page, email=CLAIRE, display_name="Claire Ansel", organisation_name="Les Ateliers du Pont")
    mail = _received(postbox)
    assert (mail["To"], mail["Subject"]) == (CLAIRE, "Confirmez votre adresse pour ouvrir votre compte Amont")
    assert submit(client, _link(mail), password=PASSWORD).location == "/compte"
    submit(client, "/compte", action="/deconnexion")

    moment.shift(timedelta(minutes=5))
    submit(client, page, email=CLAIRE, display_name="Claire Ansel", roles=["titulaire"])
    assert _received(postbox)["Subject"] == "Vous avez déjà un compte Amont"

    submit(client, "/mot-de-passe-oublie", email=CLAIRE)
    assert submit(client, _link(_received(postbox)), password=OTHER_PASSWORD).location == "/connexion"
    assert sign_in(client, password=OTHER_PASSWORD).location == "/"
    assert "Les Ateliers du Pont" in text_of(client.get("/compte"))


def test_a_colleague_is_invited_by_mail(client: FlaskClient, postbox: Postbox) -> None:
    page = f"/inscription?siret={siret(1)}"
    submit(client, page, email=CLAIRE, display_name="Claire Ansel", organisation_name="Les Ateliers du Pont")
    submit(client, _link(_received(postbox)), password=PASSWORD)
    submit(client, "/equipe/inviter", email="paul@pont.example", roles=["titulaire"])
    submit(client, "/compte", action="/deconnexion")
    mail = _received(postbox)
    assert mail["Subject"] == "Claire Ansel vous invite à rejoindre Les Ateliers du Pont"
    assert submit(client, _link(mail), display_name="Paul Mérel", password=PASSWORD).location == "/compte"
