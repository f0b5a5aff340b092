"""What people do with the pages of groupements."""

import secrets
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.accounts.services.sign_in import open_session
from portal.groupements.models import Groupement
from tests.groupements.people import Town

_CSRF = "0" * 40


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


def press(client: FlaskClient, path: str, **typed: Any) -> TestResponse:
    """Post as a form of the portal does, without its page."""
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = _CSRF
    token = URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token").dumps(_CSRF)
    fields = {"csrf_token": token, "idempotency_token": secrets.token_urlsafe(16)} | typed
    return client.post(path, data=fields, headers={"Origin": "http://localhost"})
