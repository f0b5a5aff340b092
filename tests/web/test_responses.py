"""Headers, hosts, refusals and errors, in the portal's look."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from portal import storage
from portal.app import create_app
from portal.web.pages import safe_path


def test_every_response_forbids_what_it_does_not_need(client: FlaskClient) -> None:
    headers = client.get("/aide").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers, "the test settings serve without HTTPS"


def test_https_settings_bind_the_cookie_and_the_browser_to_https(config: Config, engine: Engine, app: Flask) -> None:
    client = create_app(replace(config, cookie_secure=True), engine=engine).test_client()
    response = client.get("/connexion", base_url="https://localhost")
    assert "max-age" in response.headers["Strict-Transport-Security"]
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nulle-part", 404), ("DELETE", "/aide", 405)])
def test_errors_of_the_web_are_pages_of_the_portal(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    assert response.status_code == status
    assert response.text.count("<h1") == 1
    assert "amont.css" in response.text


def test_a_request_too_large_is_told_so(config: Config, engine: Engine, app: Flask) -> None:
    client = create_app(replace(config, max_upload_bytes=1_000), engine=engine).test_client()
    response = client.post("/connexion", data={"email": "x" * 2_000})
    assert response.status_code == 413
    assert response.text.count("<h1") == 1


def test_an_unknown_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/aide", base_url="http://elsewhere.example").status_code == 400


def test_a_post_without_the_token_of_its_page_changes_nothing(client: FlaskClient) -> None:
    response = client.post("/connexion", data={"email": "a@b.example", "password": "whatever it is"})
    assert response.status_code == 422
    assert "Rouvrez-la" in response.text


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(config: Config, engine: Engine, app: Flask) -> None:
    forwarded = {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"}
    behind = create_app(replace(config, trusted_proxies=1), engine=engine).test_client()
    suite = "/connexion?suite=/compte"
    assert behind.get("/compte", headers=forwarded).headers["Location"].endswith(suite)
    assert app.test_client().get("/aide", headers={"X-Forwarded-Host": "elsewhere.example"}).status_code == 200


def test_the_database_away_is_503_and_the_portal_comes_back_by_itself(
    config: Config, app: Flask, engine: Engine
) -> None:
    client = app.test_client()
    assert client.get("/sante").data == b"ok\n"
    storage.bind(storage.make_engine("postgresql+psycopg://nobody@127.0.0.1:9/away?connect_timeout=1"))
    away = client.get("/sante")
    assert away.status_code == 503
    assert int(away.headers["Retry-After"]) > 0
    assert away.text.count("<h1") == 1
    storage.bind(engine)
    assert client.get("/sante").status_code == 200


@pytest.mark.parametrize(
    ("candidate", "kept"),
    [
        ("/programmation?q=a", "/programmation?q=a"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("\\/elsewhere.example", "/"),
        ("/\t/elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_what_follows_sign_in_stays_on_this_portal(candidate: str | None, kept: str) -> None:
    assert safe_path(candidate, "/") == kept
