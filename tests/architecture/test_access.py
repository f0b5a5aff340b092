"""Each route, each role, one's own world and another: what answers is what the table says, invalid posts included."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.vocabulary import PERMISSIONS_OF, Role
from portal.web.access import PUBLIC, Access
from tests.architecture import world
from tests.architecture.access_table import REDIRECTED, REFUSED, TABLE, Row
from tests.architecture.world import World

pytestmark = pytest.mark.long

CSRF = "0" * 40


@dataclass(frozen=True)
class Worlds:
    own: World
    other: World


@pytest.fixture
def worlds(app: Flask, session: Session) -> Worlds:
    now = clock.utc_now()
    made = Worlds(world.made(session, 1, now), world.made(session, 2, now))
    session.commit()
    return made


def test_every_route_states_who_may_come_as_the_table_says(app: Flask) -> None:
    stated = {
        endpoint: PUBLIC if endpoint == "static" else getattr(view, "access", None)
        for endpoint, view in app.view_functions.items()
    }
    assert stated == {endpoint: row.access for endpoint, row in TABLE.items()}


def test_every_route_answers_each_role_as_the_table_says(app: Flask, worlds: Worlds, connection: Connection) -> None:
    """One test for all roles: making the worlds costs as much as asking for every route as one of them."""
    told = [
        f"{role.label if role else 'nobody'}, {method} {path}: {answer}, not {expected}"
        for role in (None, *Role)
        for endpoint, row in TABLE.items()
        for method, path, expected in _requests(app, endpoint, row, role, worlds)
        if (answer := _answer(app, worlds.own.tokens[role] if role else None, connection, method, path)) != expected
    ]
    assert not told, "\n".join(told)


def _client(app: Flask, token: str | None) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = CSRF
        if token:
            cookie["_user_id"] = token
    return client


def _requests(app: Flask, endpoint: str, row: Row, role: Role | None, worlds: Worlds) -> Iterator[tuple[str, str, int]]:
    own, other = _path(app, endpoint, row, worlds.own), _path(app, endpoint, row, worlds.other)
    for method in ("GET", "POST"):
        here, beyond = _allowed(row, role, method)
        if here is None:
            continue
        yield method, own, _expected(row.access, role, here)
        if own != other:
            yield method, other, _expected(row.access, role, beyond)


def _allowed(row: Row, role: Role | None, method: str) -> tuple[int | None, int]:
    """What a method answers for one's own world and for the other, to those whom the access allows."""
    if method == "GET":
        here, beyond = row.get, row.beyond
    else:
        here, beyond = row.post, row.beyond if row.beyond_post is None else row.beyond_post
    if here is None or role is None:
        return here, beyond
    here = row.own.get(role, here)
    if method == "POST":
        here = row.own_post.get(role, here)
    return here, here if role in row.reach else beyond


def _expected(access: Access, role: Role | None, allowed: int) -> int:
    if not access.signed_in:
        return allowed
    if role is None:
        return REDIRECTED
    return allowed if not access.permissions or access.permissions & PERMISSIONS_OF[role] else REFUSED


def _path(app: Flask, endpoint: str, row: Row, where: World) -> str:
    with app.test_request_context():
        return url_for(endpoint, **row.arguments(where))


def _answer(app: Flask, token: str | None, connection: Connection, method: str, path: str) -> int:
    """The status of one request, whose effects are then undone."""
    around = connection.begin_nested()
    data = {"csrf_token": _signed(app), "idempotency_token": "token"} if method == "POST" else None
    with _client(app, token).open(path, method=method, data=data) as response:
        status = response.status_code
    around.rollback()
    return status


def _signed(app: Flask) -> str:
    signed: str = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(CSRF)
    return signed
