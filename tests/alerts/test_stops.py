"""One click stops (RFC 8058); a link that is only followed stops nothing; nobody makes a link of their own."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from config import Config
from portal.alerts import queries, stops
from portal.alerts.rules import GATHERED
from portal.alerts.stops import Stop
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.vocabulary import AlertKind, Frequency
from tests.alerts.conftest import World

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path(world: World, kind: AlertKind | None) -> str:
    return f"/alertes/arret/{stops.token(Stop(world.people['anne'].public_id, world.atelier.siret, kind))}"


def chosen(world: World, name: str = "anne") -> dict[AlertKind, Frequency]:
    with reading() as session:
        known = queries.preferences_of(session, world.people[name].id, [world.atelier.id])
    return {kind: frequency for (_, kind), frequency in known.items()}


def test_a_get_never_stops_anything(world: World, client: FlaskClient) -> None:
    for _ in range(2):
        page = client.get(path(world, AlertKind.CHANGES))
        assert page.status_code == 200
        assert AlertKind.CHANGES.label in page.text
        assert "Rien n’est encore arrêté" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert client.head(path(world, None)).status_code == 200
    assert chosen(world) == {}


def test_a_program_stops_one_type_without_cookie_nor_token(world: World, client: FlaskClient) -> None:
    for _ in range(2):
        assert client.post(path(world, AlertKind.CHANGES), data=ONE_CLICK).status_code == 200
    assert chosen(world) == {AlertKind.CHANGES: Frequency.NEVER}
    assert chosen(world, "jean") == {}


def test_a_link_may_stop_all_types(world: World, client: FlaskClient) -> None:
    page = client.post(path(world, None), data=ONE_CLICK, content_type="multipart/form-data")
    assert "C’est arrêté" in page.text
    assert chosen(world) == dict.fromkeys(GATHERED, Frequency.NEVER)


def test_another_post_only_shows_the_page(world: World, client: FlaskClient) -> None:
    assert client.post(path(world, None), data={"List-Unsubscribe": "Other"}).status_code == 422
    assert chosen(world) == {}


@pytest.mark.parametrize("cut", [1, 7, 40, 500])
def test_a_link_cut_on_its_way_says_so(world: World, client: FlaskClient, cut: int) -> None:
    whole = path(world, AlertKind.CHANGES)
    page = client.post(whole[: max(len(whole) - cut, len("/alertes/arret/x"))], data=ONE_CLICK)
    assert page.status_code == 404
    assert "Ce lien n’arrête rien" in page.text
    assert chosen(world) == {}


def test_a_link_signed_with_a_former_key_still_stops(world: World, config: Config) -> None:
    token = stops.token(Stop("account", world.atelier.siret, None))
    stops.use(replace(config, secret_key="another key", secret_key_fallbacks=(config.secret_key,)))
    assert stops.read(token).siret == world.atelier.siret
    stops.use(replace(config, secret_key="another key"))
    with pytest.raises(NotFound):
        stops.read(token)


@given(st.text(max_size=200))
def test_nobody_forges_a_link(typed: str) -> None:
    with pytest.raises(NotFound):
        stops.read(typed)
