"""The personas' door: one click signs in, in a demonstration and from this machine only."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from config import Config
from portal.accounts.models import LoginSession
from portal.app import create_app
from portal.demo.mailbox import Mailbox
from portal.demo.personas import Persona, all_personas
from portal.demo.place import Place
from portal.demo.views import open_door
from portal.storage import reading

pytestmark = pytest.mark.long

_PATHS = ("/demo", "/demo/courriels", "/demo/courriels/20261203T080000000000", "/demo/entrer")


def _token(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


def _entered(client: FlaskClient, persona: Persona) -> str:
    page = client.get("/demo").text
    tokens = {name: _token(page, name) for name in ("csrf_token", "idempotency_token")}
    answer = client.post("/demo/entrer", data={**tokens, "persona": persona.key})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


@pytest.mark.parametrize("persona", all_personas(), ids=lambda persona: str(persona.key))
def test_each_persona_enters_and_reaches_their_home(visitor: FlaskClient, persona: Persona) -> None:
    home = visitor.get(_entered(visitor, persona), follow_redirects=True)
    assert home.status_code == 200, home.request.path
    assert persona.organisation in home.text
    assert persona.person.name in home.text
    assert "second-facteur" not in home.request.path
    assert "/connexion" not in home.request.path


def test_the_first_page_of_a_demonstration_is_the_choice_of_a_persona(visitor: FlaskClient) -> None:
    page = visitor.get("/", follow_redirects=True)
    assert page.request.path == "/demo"
    for persona in all_personas():
        assert persona.person.name in page.text
        assert persona.role.label in page.text


def test_each_page_says_that_all_is_invented(visitor: FlaskClient) -> None:
    for path in ("/programmation", "/annuaire", "/aide", "/demo"):
        assert "Démonstration, données inventées" in visitor.get(path).text


def test_one_may_become_someone_else_without_leaving(visitor: FlaskClient, seeded: Engine) -> None:
    first, second = all_personas()[0], all_personas()[3]
    _entered(visitor, first)
    page = visitor.get(_entered(visitor, second), follow_redirects=True)
    assert second.person.name in page.text
    assert first.person.name not in page.text


def test_a_double_click_signs_in_once(visitor: FlaskClient, seeded: Engine) -> None:
    page = visitor.get("/demo").text
    posted = {name: _token(page, name) for name in ("csrf_token", "idempotency_token")} | {"persona": "legal"}
    other_tab = visitor.application.test_client()
    for cookie in (visitor.get_cookie("amont"),):
        assert cookie is not None
        other_tab.set_cookie("amont", cookie.value)
    before = _sessions()
    assert visitor.post("/demo/entrer", data=posted).status_code == 302
    assert other_tab.post("/demo/entrer", data=posted).status_code == 302
    assert _sessions() == before + 1


def _sessions() -> int:
    with reading() as session:
        return len(session.scalars(select(LoginSession.id)).all())


def test_entering_needs_the_pages_own_tokens_and_a_persona_of_the_list(visitor: FlaskClient) -> None:
    assert visitor.post("/demo/entrer", data={"persona": "administrator"}).status_code == 422
    page = visitor.get("/demo").text
    tokens = {name: _token(page, name) for name in ("csrf_token", "idempotency_token")}
    assert visitor.post("/demo/entrer", data={**tokens, "persona": "nobody"}).status_code == 422
    assert visitor.get("/demo/entrer").status_code == 405


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "2001:db8::1", ""])
def test_from_another_address_there_is_no_door(visitor: FlaskClient, address: str) -> None:
    for path in _PATHS:
        answer = visitor.open(path, method=_method(path), environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code in {404, 422}, path
        assert "Claire Ansel" not in answer.text


def _method(path: str) -> str:
    return "POST" if path.endswith("entrer") else "GET"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_any_loopback_address_is_this_machine(visitor: FlaskClient, address: str) -> None:
    assert visitor.get("/demo", environ_overrides={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("host", ["portail.example", "127.0.0.1.portail.example", "192.0.2.7:8000", "[2001:db8::1]:80"])
def test_under_another_name_there_is_no_door(demo_config: Config, seeded: Engine, host: str) -> None:
    """A page of elsewhere that resolves to this machine (DNS rebinding) finds nothing."""
    app = create_app(replace(demo_config, allowed_hosts=("portail.example", ".portail.example", host)), engine=seeded)
    open_door(app)
    answer = app.test_client().get("/demo", headers={"Host": host})
    assert answer.status_code in {400, 404, 422}
    assert "Claire Ansel" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000"])
def test_this_machine_by_its_names(visitor: FlaskClient, host: str) -> None:
    assert visitor.get("/demo", headers={"Host": host}).status_code == 200


def test_a_proxys_word_does_not_open_the_door(demo_config: Config, seeded: Engine) -> None:
    app = create_app(replace(demo_config, trusted_proxies=1), engine=seeded)
    open_door(app)
    client = app.test_client()
    forwarded = {"X-Forwarded-For": "127.0.0.1"}
    assert client.get("/demo", headers=forwarded, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert client.get("/demo", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    assert client.get("/demo", headers=forwarded).status_code == 404, "what a proxy relays comes from elsewhere"


@pytest.mark.parametrize("environment", ["production", "test"])
def test_elsewhere_than_in_a_demonstration_the_door_does_not_exist(
    demo_config: Config, seeded: Engine, environment: str
) -> None:
    app = create_app(replace(demo_config, environment=environment), engine=seeded)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="demonstration only"):
        open_door(app)
    assert not [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/demo")]
    client = app.test_client()
    assert {client.open(path, method=_method(path)).status_code for path in _PATHS} <= {404, 422}
    assert client.get("/demo").status_code == 404
    assert "Démonstration" not in client.get("/aide").text


# Mails


def _box(app: Flask) -> Mailbox:
    return Mailbox(Place(app.config["AMONT"].data_dir).mails)


_MAIL = """From: Amont <ne-pas-repondre@amont.example>\r
To: claire.ansel@pont.example\r
Subject: =?utf-8?q?Acc=C3=A8s_=3Cb=3E?=\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary="x"\r
\r
--x\r
Content-Type: text/plain; charset="utf-8"\r
\r
Ouvrez http://127.0.0.1:8000/invitation/abc <script>alert(1)</script>\r
--x\r
Content-Type: text/html; charset="utf-8"\r
\r
<p>Ouvrez</p><script>alert(1)</script>\r
--x--\r
"""


def test_mails_are_listed_and_read(visitor: FlaskClient, demo_app: Flask) -> None:
    assert "Aucun message" in visitor.get("/demo/courriels").text
    name = _box(demo_app).keep(_MAIL.encode())
    listed = visitor.get("/demo/courriels").text
    assert f"/demo/courriels/{name}" in listed
    assert "Accès &lt;b&gt;" in listed
    page = visitor.get(f"/demo/courriels/{name}")
    assert '<a href="http://127.0.0.1:8000/invitation/abc">' in page.text
    assert "<script>" not in page.text
    assert visitor.get("/demo/courriels/20261203T080000000000").status_code == 404


def test_the_html_part_is_shown_and_does_nothing(visitor: FlaskClient, demo_app: Flask) -> None:
    name = _box(demo_app).keep(_MAIL.encode())
    part = visitor.get(f"/demo/courriels/{name}/html")
    assert part.mimetype == "text/html"
    assert "<p>Ouvrez</p>" in part.text
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    text_only = _box(demo_app).keep(b"Subject: x\r\n\r\nbonjour\r\n")
    assert visitor.get(f"/demo/courriels/{text_only}/html").status_code == 404
