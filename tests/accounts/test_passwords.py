"""Passwords forgotten, chosen again, changed: and what they close."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import keys, queries
from portal.accounts.models import Account, PasswordReset
from portal.accounts.services import links
from portal.accounts.services import passwords as services
from portal.kernel.errors import RuleViolation
from portal.vocabulary import AccountState
from tests.accounts.people import OTHER_PASSWORD, PASSWORD, new_account, sign_in, submit, text_of


@pytest.fixture
def claire(session: Session, now: datetime) -> Account:
    account = new_account(session, now)
    session.commit()
    return account


def _token(session: Session, number: int = -1) -> str:
    token = links.token_of(session.scalars(select(PasswordReset).order_by(PasswordReset.id)).all()[number])
    assert token is not None
    return token


def test_a_forgotten_password_is_chosen_again(client: FlaskClient, session: Session, claire: Account) -> None:
    asked = submit(client, "/mot-de-passe-oublie", email=claire.email)
    assert asked.location == "/mot-de-passe-oublie/message-envoye"
    chosen = submit(client, f"/mot-de-passe/{_token(session)}", password=OTHER_PASSWORD)
    assert chosen.location == "/connexion"
    assert "connectez-vous avec le nouveau" in text_of(client.get("/connexion"))
    assert sign_in(client).status_code == 422
    assert sign_in(client, password=OTHER_PASSWORD).status_code == 302


def test_the_link_opens_once_and_closes_the_others(client: FlaskClient, session: Session, claire: Account) -> None:
    for _ in range(2):
        submit(client, "/mot-de-passe-oublie", email=claire.email)
    first, second = _token(session, 0), _token(session, 1)
    submit(client, f"/mot-de-passe/{first}", password=OTHER_PASSWORD)
    assert client.get(f"/mot-de-passe/{first}").status_code == 410
    assert client.get(f"/mot-de-passe/{second}").status_code == 410


def test_the_link_lasts_an_hour(
    client: FlaskClient, session: Session, claire: Account, moment: time_machine.Traveller
) -> None:
    submit(client, "/mot-de-passe-oublie", email=claire.email)
    moment.shift(timedelta(minutes=61))
    over = client.get(f"/mot-de-passe/{_token(session)}")
    assert over.status_code == 410
    assert "trop ancien" in text_of(over)


def test_nothing_tells_whether_an_address_has_an_account(client: FlaskClient, claire: Account) -> None:
    answers = [submit(client, "/mot-de-passe-oublie", email=email) for email in (claire.email, "inconnue@pont.example")]
    assert answers[0].location == answers[1].location
    assert answers[0].status_code == answers[1].status_code


def test_the_link_of_an_unknown_address_opens_nothing(client: FlaskClient, session: Session) -> None:
    submit(client, "/mot-de-passe-oublie", email="inconnue@pont.example")
    assert client.get(f"/mot-de-passe/{_token(session)}").status_code == 410


def test_a_closed_account_is_not_opened_again_by_a_link(session: Session, now: datetime, claire: Account) -> None:
    token = links.token_of(services.ask_reset(session, claire.email, now=now)) or ""
    claire.state = AccountState.CLOSED
    session.flush()
    with pytest.raises(links.LinkOver):
        services.reset(session, token, keys.hash_password(OTHER_PASSWORD), now=now)
    session.rollback()


def test_choosing_again_closes_every_session(
    client: FlaskClient, app: Flask, session: Session, claire: Account
) -> None:
    other = app.test_client()
    sign_in(other)
    sign_in(client)
    submit(app.test_client(), "/mot-de-passe-oublie", email=claire.email)
    submit(app.test_client(), f"/mot-de-passe/{_token(session)}", password=OTHER_PASSWORD)
    assert other.get("/compte").status_code == 302
    assert client.get("/compte").status_code == 302


def test_five_links_an_hour_for_one_address(client: FlaskClient) -> None:
    answers = [submit(client, "/mot-de-passe-oublie", email="claire@pont.example").status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


def test_changing_it_closes_the_other_sessions_only(
    client: FlaskClient, app: Flask, session: Session, claire: Account
) -> None:
    other = app.test_client()
    sign_in(other)
    sign_in(client)
    done = submit(client, "/compte/mot-de-passe", current_password=PASSWORD, password=OTHER_PASSWORD)
    assert done.location == "/compte"
    assert other.get("/compte").status_code == 302
    assert client.get("/compte").status_code == 200
    told = [entry.event for entry in journal.entries_of(session, "account", claire.id)]
    assert told == ["account.password_changed", "account.sessions_revoked"]


def test_the_present_password_is_asked(client: FlaskClient, claire: Account) -> None:
    sign_in(client)
    refused = submit(client, "/compte/mot-de-passe", current_password="pas le bon", password=OTHER_PASSWORD)
    assert refused.status_code == 422
    assert 'id="current_password-erreur"' in refused.text


def test_a_thief_s_open_session_guesses_ten_times_at_most(client: FlaskClient, claire: Account) -> None:
    sign_in(client)
    answers = [
        submit(client, "/compte/mot-de-passe", current_password=f"essai {n}", password=OTHER_PASSWORD).status_code
        for n in range(11)
    ]
    assert answers == [422] * 10 + [429]


def test_a_new_password_is_a_good_one(client: FlaskClient, claire: Account) -> None:
    sign_in(client)
    refused = submit(client, "/compte/mot-de-passe", current_password=PASSWORD, password="claire.ansel12")
    assert refused.status_code == 422
    assert "repose sur votre nom" in text_of(refused)


def test_no_password_is_ever_expired(client: FlaskClient, session: Session, claire: Account) -> None:
    claire.created_at -= timedelta(days=3650)
    session.commit()
    assert sign_in(client).status_code == 302


def test_signing_in_brings_an_old_hash_to_today_s_cost(
    client: FlaskClient, session: Session, claire: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = claire.password_hash
    monkeypatch.setattr(keys, "must_hash_again", lambda _hash: True)
    sign_in(client)
    session.expire_all()
    again = queries.account(session, claire.id)
    assert again.password_hash != before
    assert keys.password_matches(again.password_hash, PASSWORD)


def test_only_the_right_password_is_ones_own(claire: Account) -> None:
    services.ensure_password(claire, PASSWORD)
    with pytest.raises(RuleViolation):
        services.ensure_password(claire, OTHER_PASSWORD)
