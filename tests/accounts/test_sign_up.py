"""Opening an account by a SIRET: what is asked, mailed, confirmed; and that nothing tells who has an account."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import keys, queries
from portal.accounts.models import Account, Claim, JoinRequest, SignUp
from portal.accounts.services import links, sign_up
from portal.accounts.services.passwords import acting
from portal.accounts.services.sign_up import AlreadyRegistered, Wish
from portal.directory import queries as directory
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.outbox.models import Message
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import (
    PASSWORD,
    give,
    new_account,
    new_organisation,
    resubmit,
    siret,
    submit,
    text_of,
)
from tests.statements import Statements

WISH = Wish(
    "claire.ansel@pont.example", "Claire Ansel", siret(1), organisation_name="Les Ateliers du Pont", why="Directrice."
)


def _asked(session: Session, now: datetime, wish: Wish = WISH) -> str:
    token = links.token_of(sign_up.ask(session, wish, now=now))
    assert token is not None
    return token


def _confirmed(session: Session, token: str, now: datetime) -> sign_up.Entry:
    return sign_up.confirm(session, token, keys.hash_password(PASSWORD), now=now)


def test_nothing_exists_before_the_address_is_confirmed(session: Session, now: datetime) -> None:
    _asked(session, now)
    assert queries.account_by_email(session, WISH.email) is None
    assert directory.by_siret(session, siret(1)) is None


def test_an_unknown_siret_becomes_a_company_that_its_founder_manages(session: Session, now: datetime) -> None:
    account = _confirmed(session, _asked(session, now), now).account
    organisation = directory.by_siret(session, siret(1))
    assert organisation is not None
    assert organisation.kinds_on(now.date()) == {OrganisationKind.COMPANY}
    held = queries.memberships_between(session, account.id, organisation.id, now)
    assert {each.role for each in held} == {Role.MANAGER, Role.TITULAIRE}


def test_a_listed_organisation_without_manager_is_claimed(session: Session, now: datetime) -> None:
    organisation = new_organisation(session, now)
    account = _confirmed(session, _asked(session, now), now).account
    claim = session.scalars(select(Claim)).one()
    assert (claim.account_id, claim.organisation_id, claim.why) == (account.id, organisation.id, "Directrice.")
    assert not queries.has_manager(session, organisation.id, now)


def test_a_listed_organisation_with_a_manager_is_asked_for_a_place(session: Session, now: datetime) -> None:
    organisation = new_organisation(session, now)
    give(session, new_account(session, now, "manon@pont.example"), organisation, Role.MANAGER, now=now)
    wish = replace(WISH, roles=frozenset({Role.STRUCTURE}), why=None)
    account = _confirmed(session, _asked(session, now, wish), now).account
    asked = session.scalars(select(JoinRequest)).one()
    assert (asked.account_id, set(asked.roles)) == (account.id, {Role.STRUCTURE})
    assert not queries.memberships_between(session, account.id, organisation.id, now)


def test_an_organisation_that_found_a_manager_meanwhile_is_asked_for_its_usual_roles(
    session: Session, now: datetime
) -> None:
    organisation = new_organisation(session, now)
    token = _asked(session, now)
    give(session, new_account(session, now, "manon@pont.example"), organisation, Role.MANAGER, now=now)
    _confirmed(session, token, now)
    assert session.scalars(select(JoinRequest)).one().roles == {Role.STRUCTURE, Role.TITULAIRE}


def test_the_link_opens_once(session: Session, now: datetime) -> None:
    token = _asked(session, now)
    _confirmed(session, token, now)
    with pytest.raises(links.LinkOver, match="déjà servi"):
        _confirmed(session, token, now)


def test_the_link_lasts_three_days(session: Session, now: datetime) -> None:
    token = _asked(session, now)
    links.seen(session, SignUp, token, now + timedelta(days=3, seconds=-1))
    with pytest.raises(links.LinkOver, match="trop ancien"):
        links.seen(session, SignUp, token, now + timedelta(days=3))


def test_a_token_nobody_made_opens_nothing(session: Session, now: datetime) -> None:
    _asked(session, now)
    with pytest.raises(links.LinkOver):
        links.seen(session, SignUp, keys.new_token(), now)


def test_two_links_of_one_address_open_one_account(session: Session, now: datetime) -> None:
    first, second = _asked(session, now), _asked(session, now)
    _confirmed(session, first, now)
    with pytest.raises(AlreadyRegistered):
        _confirmed(session, second, now)
    session.rollback()


def test_a_siret_listed_a_moment_ago_is_not_listed_twice(session: Session, now: datetime) -> None:
    account = new_account(session, now)
    new_organisation(session, now)
    with pytest.raises(RuleViolation, match="vient d’inscrire"):
        sign_up.found_company(session, siret(1), "Le Pont", actor=acting(account), now=now)
    session.rollback()


# The pages


FIELDS = {"email": "claire.ansel@pont.example", "display_name": "Claire Ansel"}


def _page(number: int = 1) -> str:
    return f"/inscription?siret={siret(number)}"


def _token(session: Session) -> str:
    asked = session.scalars(select(SignUp).order_by(SignUp.id.desc()).limit(1)).one()
    token = links.token_of(asked)
    assert token is not None
    return token


def test_someone_signs_up_for_an_unknown_organisation(client: FlaskClient, session: Session) -> None:
    sent = submit(client, _page(), organisation_name="Les Ateliers du Pont", **FIELDS)
    assert sent.location == "/inscription/message-envoye"
    path = f"/inscription/confirmer/{_token(session)}"
    opened = submit(client, path, password=PASSWORD)
    assert opened.location == "/compte"
    account = client.get("/compte")
    assert "Vous gérez désormais la fiche « Les Ateliers du Pont »." in text_of(account)
    assert "Gestionnaire des accès, Titulaire" in text_of(account)
    assert client.get(path).status_code == 410


def test_the_address_typed_is_repeated_to_this_browser_alone(client: FlaskClient, session: Session) -> None:
    submit(client, _page(), organisation_name="Les Ateliers du Pont", **FIELDS)
    sent = client.get("/inscription/message-envoye")
    assert FIELDS["email"] in text_of(sent)
    assert f'href="{_page()}"' in sent.text
    elsewhere = client.application.test_client().get("/inscription/message-envoye")
    assert (elsewhere.status_code, FIELDS["email"] in elsewhere.text) == (200, False)


def test_the_confirmation_names_the_organisation_that_the_directory_lists(
    client: FlaskClient, session: Session, now: datetime
) -> None:
    new_organisation(session, now, name="Les Ateliers du Pont")
    session.commit()
    submit(client, _page(), why="Je dirige cette structure.", **FIELDS)
    page = client.get(f"/inscription/confirmer/{_token(session)}")
    assert "Pour Les Ateliers du Pont, SIRET" in text_of(page)


def test_what_is_typed_on_a_line_loses_its_control_characters(client: FlaskClient, session: Session) -> None:
    name = "Les\x00 Ateliers\r\n du  Pont"
    submit(client, _page(), organisation_name=name, email=FIELDS["email"], display_name="Claire\t\x1bAnsel")
    asked = session.scalars(select(SignUp)).one()
    assert (asked.organisation_name, asked.display_name) == ("Les Ateliers du Pont", "Claire Ansel")


def test_looking_at_the_link_opens_nothing(client: FlaskClient, session: Session) -> None:
    submit(client, _page(), organisation_name="Les Ateliers du Pont", **FIELDS)
    for _ in range(3):
        assert client.get(f"/inscription/confirmer/{_token(session)}").status_code == 200
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_a_weak_password_is_told_beside_its_field_and_the_link_still_opens(
    client: FlaskClient, session: Session
) -> None:
    submit(client, _page(), organisation_name="Les Ateliers du Pont", **FIELDS)
    path = f"/inscription/confirmer/{_token(session)}"
    refused = submit(client, path, password="motdepasse2026")
    assert refused.status_code == 422
    assert 'id="password-erreur"' in refused.text
    assert submit(client, path, password=PASSWORD).status_code == 302


def test_the_page_says_what_each_siret_leads_to(client: FlaskClient, session: Session, now: datetime) -> None:
    new_organisation(session, now, 2, name="La Halle aux Outils")
    managed = new_organisation(session, now, 3, name="Net’Services")
    give(session, new_account(session, now, "manon@pont.example"), managed, Role.MANAGER, now=now)
    session.commit()
    assert "vous l’inscrivez, comme entreprise" in text_of(client.get(_page(1)))
    claimable = client.get(_page(2))
    assert "La Halle aux Outils" in text_of(claimable)
    assert 'name="why"' in claimable.text
    joinable = client.get(_page(3))
    assert 'value="structure"' in joinable.text
    assert 'value="manager"' not in joinable.text
    assert 'name="why"' not in joinable.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Indiquez les 14 chiffres"), ("12345678900011", "est mal formé"), ("0" * 14, "n’existe pas")],
)
def test_a_wrong_siret_says_what_to_check(client: FlaskClient, typed: str, said: str) -> None:
    assert said in text_of(client.get(f"/inscription?siret={typed}"))


def test_nothing_tells_whether_an_address_has_an_account(client: FlaskClient, session: Session, now: datetime) -> None:
    new_account(session, now, "connue@pont.example")
    session.commit()
    answers = [
        submit(client, _page(), organisation_name="Pont", display_name="Claire Ansel", email=email)
        for email in ("connue@pont.example", "inconnue@pont.example")
    ]
    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/inscription/message-envoye")] * 2
    recipients = session.scalars(select(Message.recipient).order_by(Message.id)).all()
    assert recipients == ["connue@pont.example", "inconnue@pont.example"]


def test_the_same_statements_are_sent_whether_or_not_an_address_has_an_account(
    client: FlaskClient,
    session: Session,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    new_account(session, now, "connue@pont.example")
    session.commit()
    sent = []
    for email in ("connue@pont.example", "inconnue@pont.example"):
        page = client.get(_page())
        with sql_count() as statements:
            resubmit(client, _page(), page, organisation_name="Pont", display_name="Claire Ansel", email=email)
        sent.append(statements.sent)
    assert sent[0] == sent[1]


def test_a_double_click_sends_one_mail(client: FlaskClient, session: Session) -> None:
    page = client.get(_page())
    for _ in range(2):
        again = resubmit(client, _page(), page, organisation_name="Les Ateliers du Pont", **FIELDS)
        assert again.location == "/inscription/message-envoye"
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_one_address_signs_up_five_times_an_hour_at_most(client: FlaskClient) -> None:
    answers = [
        submit(client, _page(), organisation_name="Les Ateliers du Pont", **FIELDS).status_code for _ in range(6)
    ]
    assert answers == [302] * 5 + [429]


def test_someone_signed_in_lists_another_organisation(client: FlaskClient, session: Session) -> None:
    now = clock.utc_now()
    new_account(session, now)
    session.commit()
    submit(client, "/connexion", email="claire.ansel@pont.example", password=PASSWORD)
    assert client.get(_page(7)).location == f"/compte/organisations/ajouter?siret={siret(7)}"
    page = f"/compte/organisations/ajouter?siret={siret(7)}"
    assert submit(client, page, organisation_name="Le Quai").location == "/compte"
    assert "Le Quai" in text_of(client.get("/compte"))


def test_three_organisations_a_day_are_listed_by_one_person(client: FlaskClient, session: Session) -> None:
    new_account(session, clock.utc_now())
    session.commit()
    submit(client, "/connexion", email="claire.ansel@pont.example", password=PASSWORD)
    answers = [
        submit(client, f"/compte/organisations/ajouter?siret={siret(number)}", organisation_name="Le Quai").status_code
        for number in range(20, 24)
    ]
    assert answers == [302] * 3 + [429]


@pytest.mark.parametrize("name", ["Voyez http://piege.example", "Le \u202e Quai"])
def test_an_organisation_s_name_is_a_name(client: FlaskClient, name: str) -> None:
    refused = submit(client, _page(), organisation_name=name, **FIELDS)
    assert refused.status_code == 422
    assert "sans adresse de site" in text_of(refused)


def test_claims_and_requests_to_join_are_ten_a_day(client: FlaskClient, session: Session) -> None:
    now = clock.utc_now()
    boss = new_account(session, now, "boss@pont.example", "Louise Boss")
    new_account(session, now)
    for number in range(40, 51):
        fiche = new_organisation(session, now, number)
        if number % 2:
            give(session, boss, fiche, Role.MANAGER, now=now)
    session.commit()
    submit(client, "/connexion", email="claire.ansel@pont.example", password=PASSWORD)
    answers = []
    for number in range(40, 51):
        path = f"/annuaire/{siret(number)}/{'rejoindre' if number % 2 else 'reclamer'}"
        typed = {"roles": [Role.STRUCTURE]} if number % 2 else {"why": "Moi."}
        answers.append(submit(client, path, **typed).status_code)
    assert answers == [302] * 10 + [429]
