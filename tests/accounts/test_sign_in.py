"""Signing in and out, what a session is worth and how long, and the form that an expired one does not lose."""

import timeit
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal.accounts import keys
from portal.accounts.models import Account, LoginSession, Membership
from portal.accounts.services import sign_in as services
from portal.kernel.errors import NotFound
from portal.vocabulary import AccountState, OrganisationKind, Role
from tests.accounts.people import (
    PASSWORD,
    acting,
    give,
    new_account,
    new_organisation,
    resubmit,
    sign_in,
    siret,
    submit,
    text_of,
)
from tests.statements import Statements


@pytest.fixture
def claire(session: Session, now: datetime) -> Account:
    """Someone of a structure."""
    account = new_account(session, now)
    give(session, account, new_organisation(session, now), Role.STRUCTURE, Role.MANAGER, now=now)
    session.commit()
    return account


def test_the_right_password_opens_the_portal(client: FlaskClient, claire: Account) -> None:
    assert sign_in(client).location == "/"
    page = client.get("/compte")
    assert "Claire Ansel" in text_of(page)
    assert "Les Ateliers du Pont 1" in text_of(page)


@pytest.mark.parametrize("typed", ["Claire.Ansel@Pont.EXAMPLE", " claire.ansel@pont.example "])
def test_an_address_is_recognised_however_it_is_typed(client: FlaskClient, claire: Account, typed: str) -> None:
    assert sign_in(client, typed).status_code == 302


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(client: FlaskClient, claire: Account) -> None:
    wrong = sign_in(client, password="un autre mot de passe")
    unknown = sign_in(client, "personne@pont.example")
    assert wrong.status_code == unknown.status_code == 422
    said = [text_of(page).replace("personne@", "").replace("claire.ansel@", "") for page in (wrong, unknown)]
    assert said[0] == said[1]
    assert "ne vont pas ensemble" in said[0]


def test_a_password_is_checked_even_without_account(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []
    real = keys.password_matches

    def noted(password_hash: str | None, password: str) -> bool:
        checked.append(password_hash)
        return real(password_hash, password)

    monkeypatch.setattr(keys, "password_matches", noted)
    sign_in(client, "personne@pont.example")
    assert checked == [None]


def test_checking_nobody_s_password_takes_as_long_as_somebody_s(key_config: Config) -> None:
    keys.use(replace(key_config, password_cost="normal"))
    stored = keys.hash_password(PASSWORD)
    keys.password_matches(None, "x")
    durations = [
        min(timeit.repeat(partial(keys.password_matches, each, "pas le bon"), number=1, repeat=5))
        for each in (stored, None)
    ]
    assert max(durations) < 3 * min(durations)


def test_a_closed_account_is_unknown(client: FlaskClient, session: Session, claire: Account) -> None:
    claire.state = AccountState.CLOSED
    session.commit()
    assert sign_in(client).status_code == 422


def test_closing_an_account_closes_its_pages(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    claire.state = AccountState.CLOSED
    session.commit()
    assert client.get("/compte").status_code == 302


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/equipe/inviter", "/equipe/inviter"),
        ("https://ailleurs.example/", "/"),
        ("//ailleurs.example/", "/"),
        ("/\\ailleurs.example", "/"),
        ("/\t/ailleurs.example", "/"),
    ],
)
def test_one_lands_where_one_was_going_but_never_elsewhere(
    client: FlaskClient, claire: Account, asked: str, led_to: str
) -> None:
    page = client.get("/connexion", query_string={"suite": asked})
    path = page.request.full_path
    answer = resubmit(client, path, page, email=claire.email, password=PASSWORD)
    assert answer.location == led_to


def test_ten_tries_a_quarter_of_an_hour_then_one_waits(
    client: FlaskClient, claire: Account, moment: time_machine.Traveller
) -> None:
    answers = [sign_in(client, password="pas le bon du tout").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert sign_in(client).status_code == 429
    moment.shift(timedelta(minutes=16))
    assert sign_in(client).status_code == 302


def test_a_stranger_s_failures_do_not_shut_the_owner_out(client: FlaskClient, app: Flask, claire: Account) -> None:
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    assert [sign_in(stranger, password="pas le bon du tout").status_code for _ in range(11)][-1] == 429
    assert sign_in(client).status_code == 302


def test_fifty_failures_from_everywhere_close_an_account_for_a_while(
    client: FlaskClient, app: Flask, claire: Account
) -> None:
    for number in range(50):
        stranger = app.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        assert sign_in(stranger, password="pas le bon du tout").status_code == 422
    assert sign_in(client).status_code == 429


def test_signing_in_often_is_no_failure(app: Flask, claire: Account) -> None:
    assert [sign_in(app.test_client()).status_code for _ in range(12)] == [302] * 12


def test_all_the_addresses_of_one_ipv6_subscriber_count_as_one(app: Flask, claire: Account) -> None:
    answers = []
    for number in range(11):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:1::{number:x}"
        answers.append(sign_in(client, password="pas le bon du tout").status_code)
    assert answers == [422] * 10 + [429]


def test_a_network_address_tries_a_hundred_accounts_at_most(client: FlaskClient, claire: Account) -> None:
    page = client.get("/connexion")
    answers = [
        resubmit(client, "/connexion", page, email=f"p{number}@pont.example", password="x" * 12).status_code
        for number in range(101)
    ]
    assert answers == [422] * 100 + [429]


# Sessions


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("amont")
    assert cookie is not None
    return cookie.value


def test_signing_in_gives_the_browser_another_session(client: FlaskClient, claire: Account) -> None:
    with client.session_transaction() as before:
        before["left"] = "by someone else"
    sign_in(client)
    with client.session_transaction() as after:
        assert "left" not in after


def test_the_cookie_s_token_is_stored_as_its_digest_only(
    client: FlaskClient, session: Session, claire: Account
) -> None:
    sign_in(client)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert session.scalars(select(LoginSession)).one().token_hash == keys.digest(token)


def test_signing_out_closes_the_session_for_good(client: FlaskClient, app: Flask, claire: Account) -> None:
    sign_in(client)
    stolen = _cookie(client)
    assert submit(client, "/compte", action="/deconnexion").location == "/connexion"
    assert client.get("/compte").status_code == 302
    thief = app.test_client()
    thief.set_cookie("amont", stolen)
    assert thief.get("/compte").status_code == 302


def _read(client: FlaskClient) -> int:
    """Read a page to its end, as servers do: what follows the response is then done."""
    return client.get("/compte", buffered=True).status_code


def test_a_session_unused_for_an_hour_is_over(
    client: FlaskClient, claire: Account, moment: time_machine.Traveller
) -> None:
    sign_in(client)
    for _ in range(3):
        moment.shift(timedelta(minutes=59))
        assert _read(client) == 200
    moment.shift(timedelta(minutes=61))
    assert client.get("/compte").location == "/connexion?suite=/compte"


def test_a_session_is_over_after_twelve_hours_whatever_is_done(
    client: FlaskClient, claire: Account, moment: time_machine.Traveller
) -> None:
    sign_in(client)
    answers = []
    for _ in range(16):
        moment.shift(timedelta(minutes=45))
        answers.append(_read(client))
    assert answers == [200] * 15 + [302]


def test_reading_a_page_writes_its_time_down_every_five_minutes_at_most(
    client: FlaskClient, session: Session, claire: Account, moment: time_machine.Traveller, now: datetime
) -> None:
    sign_in(client)

    def seen_after(minutes: float) -> datetime:
        moment.shift(timedelta(minutes=minutes))
        _read(client)
        session.expire_all()
        return session.scalars(select(LoginSession)).one().seen_at

    first = seen_after(4)
    assert first < now + timedelta(minutes=1)
    assert seen_after(2) >= now + timedelta(minutes=6)


def test_knowing_who_reads_takes_two_statements(
    client: FlaskClient, claire: Account, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    sign_in(client)
    with sql_count() as statements:
        client.get("/inscription/message-envoye")
    of_the_actor = [each for each in statements.sent if "login_session" in each or "membership" in each]
    assert len(of_the_actor) == 2


def test_static_files_ask_the_database_nothing(
    client: FlaskClient, claire: Account, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    sign_in(client)
    with sql_count() as statements:
        assert client.get("/static/css/amont.css", buffered=True).status_code == 200
    assert statements.sent == []


def test_ones_sessions_are_listed_and_each_may_be_closed(
    client: FlaskClient, app: Flask, session: Session, claire: Account
) -> None:
    other = app.test_client()
    sign_in(other)
    client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0; rv:134.0) Gecko/20100101 Firefox/134.0"
    sign_in(client)
    page = client.get("/compte/sessions")
    assert "Firefox, Windows" in text_of(page)
    assert "127.0.0.…" in text_of(page)
    one = session.scalars(select(LoginSession).where(LoginSession.agent == "Autre navigateur")).one()
    closed = submit(client, "/compte/sessions", action=f"/compte/sessions/{one.public_id}/fermer")
    assert closed.location == "/compte/sessions"
    assert other.get("/compte").status_code == 302
    assert client.get("/compte").status_code == 200


def test_all_other_sessions_may_be_closed_at_once(client: FlaskClient, app: Flask, claire: Account) -> None:
    others = [app.test_client() for _ in range(3)]
    for other in others:
        sign_in(other)
    sign_in(client)
    submit(client, "/compte/sessions", action="/compte/sessions/fermer")
    assert [other.get("/compte").status_code for other in others] == [302] * 3
    assert client.get("/compte").status_code == 200


def test_nobody_closes_another_person_s_session(session: Session, now: datetime, claire: Account) -> None:
    services.open_session(session, claire, now=now)
    paul = new_account(session, now, "paul@pont.example")
    organisation = new_organisation(session, now, 2)
    with pytest.raises(NotFound):
        services.revoke(
            session,
            session.scalars(select(LoginSession)).one().public_id,
            actor=acting(paul, organisation, Role.STRUCTURE),
            now=now,
        )


# For whom one acts


@pytest.fixture
def elsewhere(session: Session, claire: Account, now: datetime) -> int:
    """Claire also works for a network; the id of that organisation."""
    network = new_organisation(session, now, 2, OrganisationKind.NETWORK, name="Réseau Cap Insertion")
    give(session, claire, network, Role.NETWORK, now=now)
    session.commit()
    return network.id


def test_one_chooses_for_whom_one_acts_and_keeps_it_next_time(
    client: FlaskClient, claire: Account, elsewhere: int
) -> None:
    sign_in(client)
    assert client.get("/reclamations").status_code == 403
    chosen = submit(client, "/compte", action="/compte/agir-pour", organisation=str(elsewhere))
    assert chosen.location == "/"
    assert client.get("/reclamations").status_code == 200
    assert client.get("/equipe").status_code == 403
    submit(client, "/compte", action="/deconnexion")
    sign_in(client)
    assert client.get("/reclamations").status_code == 200


def test_the_choice_made_last_counts_and_not_the_session_opened_last(
    client: FlaskClient, app: Flask, claire: Account, elsewhere: int, moment: time_machine.Traveller
) -> None:
    sign_in(client)
    moment.shift(timedelta(minutes=1))
    sign_in(app.test_client())
    moment.shift(timedelta(minutes=1))
    submit(client, "/compte", action="/compte/agir-pour", organisation=str(elsewhere))
    third = app.test_client()
    sign_in(third)
    assert third.get("/reclamations").status_code == 200


def test_who_never_chose_acts_where_they_manage(
    client: FlaskClient, session: Session, claire: Account, now: datetime
) -> None:
    first = new_organisation(session, now, 4, name="A comme avant les autres")
    give(session, claire, first, Role.STRUCTURE, now=now)
    session.commit()
    sign_in(client)
    assert client.get("/equipe").status_code == 200


def test_nobody_acts_for_an_organisation_they_are_not_of(
    client: FlaskClient, session: Session, claire: Account, elsewhere: int, now: datetime
) -> None:
    stranger = new_organisation(session, now, 3)
    session.commit()
    sign_in(client)
    refused = submit(client, "/compte", action="/compte/agir-pour", organisation=str(stranger.id))
    assert refused.status_code == 404


def test_an_ended_membership_closes_its_pages_at_the_next_request(
    client: FlaskClient, session: Session, claire: Account, elsewhere: int, now: datetime
) -> None:
    sign_in(client)
    submit(client, "/compte", action="/compte/agir-pour", organisation=str(elsewhere))
    assert client.get("/reclamations").status_code == 200
    held = session.scalars(select(Membership).where(Membership.organisation_id == elsewhere)).one()
    held.until = now
    session.commit()
    assert client.get("/reclamations").status_code == 403
    assert "Les Ateliers du Pont 1" in text_of(client.get("/compte"))


def test_a_membership_set_to_end_lasts_until_then(
    client: FlaskClient, session: Session, claire: Account, now: datetime, moment: time_machine.Traveller
) -> None:
    for held in session.scalars(select(Membership)):
        held.until = now + timedelta(minutes=30)
    session.commit()
    sign_in(client)
    assert client.get("/equipe").status_code == 200
    moment.shift(timedelta(minutes=31))
    assert client.get("/equipe").status_code == 403


def test_someone_of_no_organisation_reads_and_no_more(client: FlaskClient, session: Session, now: datetime) -> None:
    new_account(session, now)
    session.commit()
    sign_in(client)
    assert "Vous ne faites partie d’aucune organisation" in text_of(client.get("/compte"))
    assert client.get("/equipe").status_code == 403


# What was typed is found again


def test_a_form_posted_by_an_expired_session_is_found_again_after_sign_in(
    client: FlaskClient, claire: Account, moment: time_machine.Traveller
) -> None:
    sign_in(client)
    page = client.get("/equipe/inviter")
    moment.shift(timedelta(hours=2))
    lost = resubmit(client, "/equipe/inviter", page, email="paul.merel@pont.example", roles=["structure"])
    assert lost.location == "/connexion?suite=/equipe/inviter"
    welcome = client.get(lost.location)
    assert "vous retrouverez votre page, et ce que vous y aviez saisi" in text_of(welcome)
    landed = resubmit(client, lost.location, welcome, email=claire.email, password=PASSWORD)
    assert landed.location == "/equipe/inviter"
    found = client.get("/equipe/inviter")
    assert 'value="paul.merel@pont.example"' in found.text
    sent = resubmit(client, "/equipe/inviter", found, email="paul.merel@pont.example", roles=["structure"])
    assert sent.location == "/equipe"
    assert 'value="paul.merel@pont.example"' not in client.get("/equipe/inviter").text


def test_someone_else_on_the_same_computer_does_not_find_it(
    client: FlaskClient, session: Session, claire: Account, now: datetime, moment: time_machine.Traveller
) -> None:
    paul = new_account(session, now, "paul@pont.example")
    give(session, paul, session.scalars(select(Membership).limit(1)).one().organisation, Role.MANAGER, now=now)
    session.commit()
    sign_in(client)
    page = client.get("/equipe/inviter")
    moment.shift(timedelta(hours=2))
    lost = resubmit(client, "/equipe/inviter", page, email="nina@pont.example", roles=["structure"])
    resubmit(client, lost.location, client.get(lost.location), email=paul.email, password=PASSWORD)
    assert "nina@pont.example" not in client.get("/equipe/inviter").text


def test_a_password_typed_in_an_expired_session_is_not_kept(
    client: FlaskClient, claire: Account, moment: time_machine.Traveller
) -> None:
    sign_in(client)
    page = client.get("/compte/mot-de-passe")
    moment.shift(timedelta(hours=2))
    resubmit(client, "/compte/mot-de-passe", page, current_password=PASSWORD, password="trois vélos verts attendent")
    sign_in(client)
    assert "trois vélos" not in client.get("/compte/mot-de-passe").text


def test_the_siret_of_a_sign_up_follows_a_visitor_of_the_directory(client: FlaskClient) -> None:
    assert client.get(f"/annuaire/{siret(1)}/reclamer").location == f"/connexion?suite=/annuaire/{siret(1)}/reclamer"
