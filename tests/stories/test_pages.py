"""The pages of a story: written from its contract, asked, agreed to, read by all; never a small group."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.services.sign_in import open_session
from portal.directory.models import Organisation
from portal.stories.models import SuccessStory
from portal.vocabulary import Role, StoryState
from tests.declarations.sample import Scene
from tests.forecast.pages import filled, post, posted
from tests.forecast.test_public_pages import text_of
from tests.statements import Statements
from tests.stories import sample

TEXT = {
    "title": "Des squares mieux tenus",
    "trade": "green_spaces",
    "context": "Deux lots trop grands.",
    "practice": "Un allotissement revu.",
    "result": "Tout à l’heure.",
}


@pytest.fixture
def come(app: Flask, session: Session, now: datetime) -> Callable[[Organisation, Role], FlaskClient]:
    """Somebody signed in for an organisation."""

    def coming(organisation: Organisation, role: Role) -> FlaskClient:
        account = Account(
            email=f"{role}{organisation.id}@exemple.fr", display_name="Lou Ferval", created_at=now, confirmed_at=now
        )
        session.add(account)
        session.flush()
        session.add(Membership(account_id=account.id, organisation_id=organisation.id, role=role, since=now))
        token = open_session(session, account, now=now, organisation_id=organisation.id, second_factor=True)
        session.commit()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    return coming


def only_story(session: Session) -> SuccessStory:
    session.expire_all()
    return session.scalars(select(SuccessStory)).one()


def test_a_story_goes_from_its_contract_to_the_public_page(
    client: FlaskClient,
    session: Session,
    scene: Scene,
    now: datetime,
    come: Callable[[Organisation, Role], FlaskClient],
) -> None:
    sample.accepted(session, scene, now, people=6)
    buyer, named = come(scene.buyer, Role.PURCHASING), come(scene.company, Role.TITULAIRE)
    contract = f"/marches/{scene.contract.reference}"
    assert "Raconter ce marché" in buyer.get(contract).text
    assert "Raconter ce marché" not in named.get(contract).text
    begun = posted(buyer, f"/achats/exemples/marche/{scene.contract.reference}", **TEXT)
    here, public = begun.location, begun.location.removeprefix("/achats")
    assert named.get(f"{public}/accord").status_code == 404
    assert "Demander l’accord" in buyer.get(here).text
    asked = post(buyer, f"{here}/demander", filled(buyer.get(here)))
    assert asked.location == here
    assert "notez l’accord" in text_of(buyer.get(here))
    assert "demande votre accord" in named.get(contract).text
    assert client.get(public).status_code == 404
    page = named.get(f"{public}/accord")
    assert "600" in text_of(page)
    refused = post(named, f"{public}/accord", filled(page, answer="refuser"))
    assert refused.status_code == 422
    assert "pourquoi vous refusez" in refused.text
    assert posted(named, f"{public}/accord", answer="accepter").status_code == 302
    other = scene.structure.siret
    assert posted(buyer, f"{here}/accords/{other}", told_on="bientôt", told_by="x").status_code == 422
    assert posted(buyer, f"{here}/accords/{other}", told_on="03/12/2026", told_by="la direction").status_code == 302
    assert post(buyer, f"{here}/publier", filled(buyer.get(here))).status_code == 302
    told = "".join(text_of(client.get(public)).split())
    for words in ("600 h", "Personnes 6", "50 % des 1 200 h promises", "calculés le 3 décembre 2026"):
        assert "".join(words.split()) in told
    assert "".join(scene.company.shown_name.split()) in told
    assert "LouFerval" not in told
    assert TEXT["title"] in client.get("/exemples").text
    assert TEXT["title"] in client.get("/exemples?metier=green_spaces").text
    assert "Aucun exemple dans ce métier" in client.get("/exemples?metier=laundry&page=9999999999999").text
    assert client.get("/exemples?metier=%00&page=x").status_code == 200
    assert posted(buyer, f"{here}/retirer", reason="Une erreur").status_code == 302
    assert client.get(public).status_code == 404
    assert only_story(session).state is StoryState.WITHDRAWN


@pytest.mark.parametrize("people", [1, 4, 5])
def test_fewer_than_five_people_are_never_told(
    client: FlaskClient, session: Session, scene: Scene, now: datetime, people: int
) -> None:
    sample.accepted(session, scene, now, people=people)
    story = sample.published(session, scene, now)
    session.commit()
    told = text_of(client.get(f"/exemples/{story.public_id}"))
    assert ("moins de 5" in told) is (people < 5)
    assert (f"{people}00" in told.replace("\u202f", "")) is (people >= 5)


def test_what_was_typed_is_not_lost(
    session: Session, scene: Scene, come: Callable[[Organisation, Role], FlaskClient]
) -> None:
    buyer = come(scene.buyer, Role.PURCHASING)
    answer = posted(buyer, f"/achats/exemples/marche/{scene.contract.reference}", **TEXT | {"title": ""})
    assert answer.status_code == 422
    assert TEXT["practice"] in answer.text


def test_pages_ask_few_statements(
    client: FlaskClient,
    session: Session,
    scene: Scene,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    story = sample.published(session, scene, now)
    sample.accepted(session, scene, now, people=7)
    session.commit()
    session.expunge_all()
    for address, most in (("/exemples", 3), (f"/exemples/{story.public_id}", 9)):
        with sql_count() as statements:
            assert client.get(address).status_code == 200
        assert statements.count <= most, address
