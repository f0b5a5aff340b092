"""What people do with the pages of groupements."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.services.sign_in import open_session
from portal.groupements.models import Groupement
from tests.groupements.people import Town


def enter(client: FlaskClient, town: Town, name: str) -> None:
    """Come in as the person of this organisation."""
    account, organisation = town.people[name], town.organisations[name]
    town.session.commit()
    token = open_session(town.session, account, now=town.now, organisation_id=organisation.id, second_factor=True)
    town.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True


def room(groupement: Groupement, page: str = "") -> str:
    return f"/groupements/{groupement.public_id}{page}"


def text_between(page: TestResponse, start: str, end: str) -> str:
    return page.text.split(start, 1)[1].split(end, 1)[0]
