"""How `data` answers: JSON that any site may read, kept by whoever asks with its ETag, and problems in French."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from portal.forecast import queries
from portal.forecast.views import freshness
from portal.kernel.errors import NotFound
from portal.kernel.french import typo
from portal.opendata.problems import BadParameter
from portal.opendata.views.blueprint import data, pages
from portal.storage import reading

JSON = "application/json"
PROBLEM = "application/problem+json"
_OPEN_PATHS = ("/api/v1", "/opendata/")
_FILES = frozenset({"opendata.atom", "opendata.csv", "opendata.ics", "opendata.xlsx"})
_DAY = "86400"
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "Il n’y a rien à cette adresse.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Ces données se lisent seulement : utilisez GET.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Cette demande est trop longue.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Le portail est momentanément indisponible : réessayez dans quelques minutes.",
}
_OTHERWISE = "Le portail n’a pas pu répondre : réessayez, et signalez-le si cela dure."


def answered(make: Callable[[Session], dict[str, Any]], *, media: str = JSON) -> Response:
    """The document that `make` reads from the database, or 304 when the copy of whoever asks still holds."""
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark, for_all=True)) is not None:
            return same
        body = written(make(session))
    return freshness.shared(Response(body, mimetype=media), mark, for_all=True)


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def problem(status: int, sentence: str, parameter: str | None = None) -> Response:
    """RFC 9457: what is wrong, in French, and with which parameter."""
    told: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told["detail"] = typo(sentence)
    if parameter is not None:
        told["parameter"] = parameter
    return Response(written(told), status=status, mimetype=PROBLEM)


@data.errorhandler(BadParameter)
def _bad_parameter(error: BadParameter) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, error.sentence, error.parameter)


@data.errorhandler(NotFound)
def _not_found(error: NotFound) -> Response:
    sentence = _SENTENCES[HTTPStatus.NOT_FOUND] if error.sentence == NotFound.default_sentence else error.sentence
    return problem(HTTPStatus.NOT_FOUND, sentence)


@pages.after_app_request
def _open_to_all(response: Response) -> Response:
    """What stands under these addresses is the same for all: any site may read it, and never with cookies."""
    if request.endpoint in _FILES:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if not request.path.startswith(_OPEN_PATHS):
        return response
    if response.status_code >= HTTPStatus.BAD_REQUEST and response.mimetype != PROBLEM:
        response = _as_problem(response)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    response.headers["Access-Control-Max-Age"] = _DAY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _as_problem(page: Response) -> Response:
    """An error page of the portal, told to a program; its headers that matter stay."""
    sentence = _SENTENCES.get(HTTPStatus(page.status_code), _OTHERWISE)
    told = problem(page.status_code, sentence)
    for name in ("Allow", "Retry-After"):
        if name in page.headers:
            told.headers[name] = page.headers[name]
    return told
