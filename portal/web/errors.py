"""What goes wrong becomes, in one place, a page in the portal's look that says what to do."""

from http import HTTPStatus

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from portal.kernel.errors import NotFound, PortalError, Refused, RuleViolation, Stale, TooMany
from portal.storage import Versioned
from portal.web import kept_forms
from portal.web.forms import VersionedForm
from portal.web.idempotency import AlreadyDone, done_before, tell_already_done
from portal.web.navigation import do_not_count

log = structlog.get_logger()

_OWN_PAGES = {400: 422, 401: 403, 403: 403, 404: 404, 405: 405, 413: 413, 422: 422, 429: 429, 503: 503}
_RETRY_AFTER_SECONDS = "10"


def register_errors(app: Flask) -> None:
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, lambda error: _page(403, error))
    app.register_error_handler(RuleViolation, lambda error: _page(422, error))
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(AlreadyDone, tell_already_done)
    app.register_error_handler(CSRFError, _forged_or_expired)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _not_found(error: NotFound) -> ResponseReturnValue:
    """A second click leads to the first result, even where the first closed the page behind it."""
    done = done_before()
    return tell_already_done(done) if done else _page(404, error)


def _page(status: int, error: PortalError | None = None, **context: object) -> ResponseReturnValue:
    sentence = error.sentence if error is not None else None
    do_not_count()
    return render_template(f"errors/{status}.html", sentence=sentence, **context), status


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    status = _OWN_PAGES.get(error.code)
    if status is None:
        return error
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        _read_to_the_end()
    body, _ = _split(_page(status))
    headers = [(name, value) for name, value in error.get_headers() if name.lower() == "allow"]
    return body, error.code, headers


def _read_to_the_end() -> None:
    """Browsers read an answer only once they have sent everything: cut before, they show no page at all."""
    left = min(request.content_length or 0, _MOST_DISCARDED)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, _CHUNK))):
        left -= len(chunk)


_CHUNK = 1 << 16
_MOST_DISCARDED = 1 << 29
"""Nobody sends more by mistake."""


def _unknown_host(_error: SecurityError) -> ResponseReturnValue:
    """No page: under a name that is not the portal's, no address can be made."""
    return "Ce nom n’est pas celui du portail.", HTTPStatus.BAD_REQUEST, {"Content-Type": "text/plain; charset=utf-8"}


def _split(answer: ResponseReturnValue) -> tuple[str, int]:
    assert isinstance(answer, tuple)  # noqa: S101 — our own _page
    return answer[0], answer[1]  # type: ignore[return-value]


def _too_many(error: TooMany) -> ResponseReturnValue:
    body, status = _split(_page(429, error, retry_after=error.retry_after))
    return body, status, {"Retry-After": str(error.retry_after)}


def _forged_or_expired(_error: CSRFError) -> ResponseReturnValue:
    """The page was open for too long, or the post comes from elsewhere: what was typed is found again on its page."""
    page = kept_forms.keep_posted()
    return render_template("errors/422.html", sentence=_PAGE_TOO_OLD, resume_url=page), HTTPStatus.UNPROCESSABLE_ENTITY


_PAGE_TOO_OLD = (
    "Cette page était ouverte depuis trop longtemps. Rouvrez-la : ce que vous aviez saisi y sera, "
    "et rien n’a encore été enregistré."
)


def _stale(error: Stale) -> ResponseReturnValue:
    """Both versions side by side; what this person changed waits on the form's page, on top of the current version."""
    form = g.get("posted_form")
    if not isinstance(form, VersionedForm) or not isinstance(error.current, Versioned):
        return _page(409, error)
    current = type(form)(formdata=None, obj=error.current)
    kept_forms.keep(request.path, form.merged_onto(current))
    return _page(409, error, differences=form.differing_from(current), resume_url=request.path)


def _database_away(error: Exception) -> ResponseReturnValue:
    log.error("database_away", reason=type(error).__name__, endpoint=request.endpoint)
    return render_template("errors/503.html"), 503, {"Retry-After": _RETRY_AFTER_SECONDS}


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected_error", endpoint=request.endpoint, exc_info=error)
    return render_template("errors/500.html"), 500
