"""Organisations, people and what they type, for tests of accounts."""

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import keys
from portal.accounts.models import Account, Membership
from portal.accounts.services import open_session
from portal.directory.models import Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.siret import Siret
from portal.vocabulary import PERMISSIONS_OF, OrganisationKind, Role

PASSWORD = "quatre loutres bleues dansent"
OTHER_PASSWORD = "trois vélos verts attendent"


def siret(number: int) -> Siret:
    """The `number`-th SIRET of an invented company, with right keys."""
    siren = _with_key(f"{910_000_00 + number:08}")
    return Siret(_with_key(f"{siren}0001"))


def _with_key(digits: str) -> str:
    def total(text: str) -> int:
        doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(text))]
        return sum(value - 9 if value > 9 else value for value in doubled)

    return next(digits + key for key in "0123456789" if total(digits + key) % 10 == 0)


def new_organisation(
    session: Session,
    now: datetime,
    number: int = 1,
    *kinds: OrganisationKind,
    name: str | None = None,
) -> Organisation:
    held = dict.fromkeys(kinds or (OrganisationKind.EI,))
    new = NewOrganisation(siret(number), name or f"Les Ateliers du Pont {number}", held)
    return list_organisation(session, new, actor=SYSTEM, now=now)


def new_account(
    session: Session, now: datetime, email: str = "claire.ansel@pont.example", name: str = "Claire Ansel", **facts: Any
) -> Account:
    account = Account(
        email=email,
        display_name=name,
        password_hash=keys.hash_password(PASSWORD),
        created_at=now,
        confirmed_at=now,
        **facts,
    )
    session.add(account)
    session.flush()
    return account


def give(session: Session, account: Account, organisation: Organisation, *roles: Role, now: datetime) -> None:
    session.add_all(
        Membership(account_id=account.id, organisation_id=organisation.id, role=role, since=now) for role in roles
    )
    session.flush()


def acting(account: Account, organisation: Organisation, *roles: Role) -> Actor:
    permissions = frozenset(permission for role in roles for permission in PERMISSIONS_OF[role])
    return Actor(
        account.id,
        account.display_name,
        organisation.id,
        organisation.shown_name,
        frozenset(roles),
        permissions,
    )


def submit(client: FlaskClient, path: str, *, action: str | None = None, **typed: str | Iterable[str]) -> TestResponse:
    """Open the page, fill its posting form in as a browser would, and send it."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code, page.location)
    return resubmit(client, path, page, action=action, **typed)


def resubmit(
    client: FlaskClient, path: str, page: TestResponse, *, action: str | None = None, **typed: str | Iterable[str]
) -> TestResponse:
    target, hidden = _form(page.text, action)
    fields = {**hidden, **{name: value if isinstance(value, str) else list(value) for name, value in typed.items()}}
    return client.post(target or path, data=fields, headers={"Origin": "http://localhost"})


def _form(text: str, action: str | None) -> tuple[str | None, dict[str, str]]:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, flags=re.DOTALL):
        found = re.search(r'<form[^>]*action="([^"]*)"', form)
        target = html.unescape(found[1]) if found else None
        if target == action:
            return target, _inputs(form)
    raise AssertionError(f"no form posts to {action or 'this page'}")


def _inputs(form: str) -> dict[str, str]:
    """What the form holds when it is shown: hidden fields, and choices already made."""
    held: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if attributes.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        if "name" in attributes:
            held[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return held


def sign_in(client: FlaskClient, email: str = "claire.ansel@pont.example", password: str = PASSWORD) -> TestResponse:
    return submit(client, "/connexion", email=email, password=password)


def sign_in_fully(client: FlaskClient, session: Session, account: Account, now: datetime) -> None:
    """As someone who has shown a second factor too."""
    token = open_session(session, account, now=now, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token


def text_of(page: TestResponse) -> str:
    """What is read on the page, on one line, with ordinary spaces."""
    bare = html.unescape(re.sub(r"<[^>]+>", " ", page.text))
    return re.sub(r"\s+", " ", bare)
