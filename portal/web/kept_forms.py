"""A form posted by an expired session, or refused because the object had changed, is kept and found again.

Its content is encrypted under a key that only the browser's cookie holds, and purged after two days. Only a browser in
which someone has signed in may leave one.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app, g, request, session
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.kernel import clock
from portal.kernel.errors import TooMany
from portal.storage import reading, unit_of_work
from portal.web.models import KeptForm
from portal.web.throttle import count_attempt

ACCOUNT = "account_id"
"""Where the cookie tells whose session it was, so that the next person at this browser does not find their words."""
_COOKIE = "kept_form"
_LONGEST = 400_000
"""A month of five hundred people, and what its page showed of each."""
_LONGEST_PATH = 500
_KEPT_AN_HOUR = 30
_NEVER_KEPT = re.compile(r"csrf_token|code|.*password.*|(.*_)?secret")
"""Names of fields whose content is never kept: what opens something."""
_unkept: set[str] = set()
"""Those that forms name themselves: what tells who somebody is."""

Fields = list[tuple[str, str]]


def never_keep(names: Iterable[str]) -> None:
    """Keep nothing that is ever posted under these names, whatever the form."""
    _unkept.update(names)


def keep_posted() -> str | None:
    """Keep what this request posts; the path where it can be found again, or None when there is nothing to keep."""
    if request.method != "POST" or not _posted_from_here():
        return None
    page = _page_of_form()
    if page is not None:
        keep(page, [(name, value) for name, value in request.form.items(multi=True) if _may_be_kept(name)])
    return page


def keep(page: str, fields: Fields) -> None:
    """Keep `fields` for the form of `page`, for this browser, if they are of a reasonable size and number."""
    size = sum(len(name) + len(value) for name, value in fields)
    account_id = _whose()
    if account_id is None or not 0 < size <= _LONGEST or not _is_measured(account_id):
        return
    from cryptography.fernet import Fernet  # noqa: PLC0415 — see docs/decisions/memory.md

    key = secrets.token_urlsafe(32)
    sealed = Fernet(_cipher_key(key)).encrypt(json.dumps(fields).encode()).decode()
    with unit_of_work() as unit:
        unit.add(
            KeptForm(
                key=_stored_key(key),
                path=page,
                fields=sealed,
                account_id=account_id,
                created_at=clock.utc_now(),
            )
        )
    session[_COOKIE] = {"key": key, "path": page}


def found_again() -> "MultiDict[str, str] | None":
    """What was kept for the page being shown, if this browser left something there."""
    kept = session.get(_COOKIE)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return None
    if "kept_form" not in g:
        g.kept_form = _opened(kept["key"])
    fields: MultiDict[str, str] | None = g.kept_form
    return fields


def forget() -> None:
    session.pop(_COOKIE, None)


def carried_over() -> dict[str, object]:
    """What a new session takes from the old one at sign-in."""
    return {_COOKIE: session[_COOKIE]} if _COOKIE in session else {}


def _opened(key: str) -> "MultiDict[str, str] | None":
    with reading() as unit:
        row = unit.query(KeptForm).filter_by(key=_stored_key(key)).one_or_none()
    if row is None or row.account_id != _whose():
        return None
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 — see docs/decisions/memory.md

    try:
        return MultiDict(json.loads(Fernet(_cipher_key(key)).decrypt(row.fields.encode())))
    except InvalidToken:
        return None


def _whose() -> int | None:
    """Whose session this is, or was last in this browser."""
    if current_user.is_authenticated:
        account_id: int | None = current_user.actor.account_id
        return account_id
    return session.get(ACCOUNT)


def _is_measured(account_id: int) -> bool:
    try:
        count_attempt("kept-form", str(account_id), limit=_KEPT_AN_HOUR, window=timedelta(hours=1), now=clock.utc_now())
    except TooMany:
        return False
    return True


def _may_be_kept(name: str) -> bool:
    return name not in _unkept and _NEVER_KEPT.fullmatch(name) is None


def _posted_from_here() -> bool:
    """Another site cannot leave a filled form behind for someone to sign."""
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.host


def _page_of_form() -> str | None:
    for path in (request.path, urlsplit(request.referrer or "").path):
        if 0 < len(path) <= _LONGEST_PATH and _shows_a_form(path):
            return path
    return None


def _shows_a_form(path: str) -> bool:
    """Whether a page answers there, other than one that a mailed link opens: its address is a secret."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        _, arguments = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return "token" not in arguments


def _stored_key(key: str) -> str:
    return hashlib.sha256(b"stored:" + key.encode()).hexdigest()


def _cipher_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"cipher:" + key.encode()).digest())
