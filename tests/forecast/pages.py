"""What a person does with a page: sign in for a buyer, read it, fill its form in and post it."""

from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from portal.accounts.models import Account, Membership
from portal.accounts.services.sign_in import open_session
from portal.vocabulary import Role
from tests.forecast.sample import NOW


def sign_in(client: FlaskClient, session: Session, organisation_id: int, *roles: Role) -> None:
    """Come in as a person who holds these roles in an organisation; the purchasing one by default."""
    account = Account(
        email=f"karim{organisation_id}@deux-rives.example",
        display_name="Karim Lestrade",
        created_at=NOW,
        confirmed_at=NOW,
    )
    session.add(account)
    session.flush()
    held = roles or (Role.PURCHASING,)
    session.add_all(
        Membership(account_id=account.id, organisation_id=organisation_id, role=role, since=NOW) for role in held
    )
    token = open_session(session, account, now=NOW, organisation_id=organisation_id, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True


def filled(page: TestResponse, **typed: Any) -> MultiDict[str, str]:
    """The fields of the page's posting form as a browser would send them, with what is typed over them."""
    reader = _FormReader()
    reader.feed(page.text)
    assert reader.fields, f"no posting form on a page that answered {page.status_code}"
    for name, value in typed.items():
        reader.fields.setlist(name, value if isinstance(value, list) else [value])
    return reader.fields


def post(client: FlaskClient, path: str, fields: MultiDict[str, str]) -> TestResponse:
    return client.post(path, data=fields, headers={"Origin": "http://localhost"})


def post_file(client: FlaskClient, path: str, fields: MultiDict[str, Any], content: bytes, name: str) -> TestResponse:
    """Post a form with its file, as a browser does; what is sent stays in memory."""
    with_file = [*fields.items(multi=True), ("file", FileStorage(BytesIO(content), name))]
    edge, body = encode_multipart(MultiDict(with_file))
    headers = {"Origin": "http://localhost", "Content-Type": f"multipart/form-data; boundary={edge}"}
    return client.post(path, data=body, headers=headers)


def posted(client: FlaskClient, path: str, **typed: Any) -> TestResponse:
    """Open the page, fill its form in, send it."""
    return post(client, path, filled(client.get(path), **typed))


class _FormReader(HTMLParser):
    """Reads the first form that posts."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self._inside = self._done = False
        self._select: str | None = None
        self._first: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post" and not self._done:
            self._inside = True
        if not self._inside:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self.fields.add(name, value or ("y" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option" and self._select is not None:
            self._choose(value, selected="selected" in given)
        elif tag == "textarea":
            self._text = name
            self.fields.add(name, "")

    def _choose(self, value: str, *, selected: bool) -> None:
        assert self._select is not None
        if self._first is None or selected:
            self._first = value
            self.fields.setlist(self._select, [value])

    def handle_data(self, data: str) -> None:
        if self._inside and self._text is not None:
            self.fields.setlist(self._text, [self.fields[self._text] + data])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._inside:
            self._inside, self._done = False, True
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None
