"""Pages: a visitor is led to sign in and comes back; what one follows is one's own; nothing typed is lost."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.services.sign_in import open_session
from portal.alerts import queries, services
from portal.forecast.listing.selection import Selection
from portal.storage import reading
from portal.vocabulary import AlertKind, Frequency, Role
from tests.accounts.people import give, resubmit, submit
from tests.alerts.conftest import World
from tests.forecast import sample

NASTY = ["%00", "%ED%A0%80", "metier=&metier=x&metier=x", "q=" + "a" * 3000, "apres=9~9&avant=1", "page=%E2%82%AC"]


@pytest.fixture
def anne(client: FlaskClient, session: Session, world: World) -> FlaskClient:
    return come_in(client, session, world, "anne")


def come_in(client: FlaskClient, session: Session, world: World, name: str) -> FlaskClient:
    actor, account = world.actor(name), world.people[name]
    token = open_session(
        session, account, now=account.created_at, organisation_id=actor.organisation_id, second_factor=True
    )
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


@pytest.fixture(autouse=True)
def moment(now: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(now) as travelling:
        yield travelling


def followed(world: World, name: str) -> bool:
    with reading() as session:
        return queries.follow_of(session, world.actor(name), world.project.id) is not None


def project_page(world: World) -> str:
    return f"/programmation/{world.project.reference}"


def test_a_visitor_is_led_to_sign_in_and_comes_back(client: FlaskClient, session: Session, world: World) -> None:
    page = client.get(project_page(world)).text
    path = f"/alertes/suivre/{world.project.reference}"
    assert f'href="{path}"' in page
    assert client.get(path).location == f"/connexion?suite={path}"
    come_in(client, session, world, "anne")
    answer = submit(client, path)
    assert (answer.status_code, answer.location) == (302, project_page(world))
    assert followed(world, "anne")
    assert not followed(world, "jean")


def test_one_follows_and_no_longer_from_the_project_page(anne: FlaskClient, world: World) -> None:
    page = anne.get(project_page(world))
    assert page.headers["Cache-Control"].startswith("private")
    path = f"/alertes/suivre/{world.project.reference}"
    assert resubmit(anne, project_page(world), page, action=path).status_code == 302
    assert followed(world, "anne")
    assert world.project.title in anne.get("/alertes").text
    page = anne.get(project_page(world))
    resubmit(anne, project_page(world), page, action=path.replace("suivre", "ne-plus-suivre"))
    assert not followed(world, "anne")


def test_what_a_search_sends_is_told_before_it_is_saved(anne: FlaskClient, world: World) -> None:
    listed = anne.get("/programmation?q=nettoyage").text
    assert 'href="/alertes/recherches/nouvelle?q=nettoyage"' in listed
    path = "/alertes/recherches/nouvelle?q=nettoyage"
    page = anne.get(path)
    text = page.text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "1 lot y répond aujourd’hui." in text
    assert "1 courriel" in text
    assert "4 décembre 2026 à 7 h 30" in text
    assert "lundi 7 décembre 2026 à 7 h 30" in text
    assert resubmit(anne, path, page, name="").status_code == 422
    answer = resubmit(anne, path, page, name="Nettoyage chez nous", frequency="weekly")
    assert answer.location == "/alertes"
    mine = anne.get("/alertes").text
    assert "Nettoyage chez nous" in mine
    assert "/programmation?q=nettoyage" in mine
    again = submit(anne, path, name="Encore", frequency="daily")
    assert again.status_code == 422
    assert "déjà enregistré" in again.text
    assert 'value="Encore"' in again.text


def test_a_search_is_changed_and_ended_by_its_person_alone(
    anne: FlaskClient, session: Session, world: World, now: datetime
) -> None:
    jean = world.actor("jean")
    of_jean = services.save_search(session, Selection("eau"), "Eau", Frequency.DAILY, actor=jean, now=now)
    own = services.save_search(session, Selection("bois"), "Bois", Frequency.DAILY, now=now, actor=world.actor("anne"))
    session.commit()
    for path in (f"/alertes/recherches/{of_jean.public_id}", "/alertes/recherches/inconnu"):
        assert anne.get(path).status_code == 404
    path = f"/alertes/recherches/{own.public_id}"
    assert submit(anne, path, name="Bois et forêts", frequency="at_once").location == "/alertes"
    assert "Bois et forêts" in anne.get("/alertes").text
    page = anne.get(path)
    assert resubmit(anne, path, page, action=f"{path}/fin").location == "/alertes"
    assert anne.get(path).status_code == 404


def test_preferences_are_set_for_each_organisation(
    anne: FlaskClient, session: Session, world: World, now: datetime
) -> None:
    give(session, world.people["anne"], world.reseau, Role.NETWORK, now=now)
    session.commit()
    page = anne.get("/alertes/preferences")
    assert world.atelier.shown_name in page.text
    assert world.reseau.shown_name in page.text
    typed = {
        f"pour_{world.reseau.siret}_changes": "never",
        f"pour_{world.atelier.siret}_answers": "weekly",
        f"pour_{world.atelier.siret}_new_lots": "never",
    }
    assert resubmit(anne, "/alertes/preferences", page, **typed).location == "/alertes"
    with reading() as unit:
        chosen = queries.preferences_of(unit, world.people["anne"].id, [world.atelier.id, world.reseau.id])
    assert chosen == {
        (world.reseau.id, AlertKind.CHANGES): Frequency.NEVER,
        (world.atelier.id, AlertKind.ANSWERS): Frequency.WEEKLY,
        (world.atelier.id, AlertKind.NEW_LOTS): Frequency.NEVER,
    }
    bad = resubmit(anne, "/alertes/preferences", anne.get("/alertes/preferences"), **dict.fromkeys(typed, "hourly"))
    assert bad.status_code == 422


@pytest.mark.parametrize("address", NASTY)
def test_addresses_that_mean_nothing_show_the_nearest_view(anne: FlaskClient, address: str) -> None:
    for path in ("/alertes", "/alertes/recherches/nouvelle"):
        assert anne.get(f"{path}?{address}").status_code == 200


def test_a_draft_is_not_followed(anne: FlaskClient, session: Session, world: World) -> None:
    draft = sample.make_project(session, world.buyer_id, published=False)
    session.commit()
    assert anne.get(f"/alertes/suivre/{draft.reference}").status_code == 404
