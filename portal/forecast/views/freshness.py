"""Public pages that a browser keeps, and asks about: one statement tells whether its copy still holds."""

import hashlib
from functools import cache

from flask import Response, get_flashed_messages, make_response, request, session
from flask.typing import ResponseReturnValue

from config import ROOT
from portal.forecast.queries import Mark
from portal.kernel import clock
from portal.web import current_actor

REMEMBERED = "filters"
"""What of the session the list shows to somebody without an account who asked for it: a copy of their own."""

_DEPLOYED = ("portal/**/*.py", "templates/**/*.html", "static/**/*")


def is_shared() -> bool:
    """Whether the page is the same for everyone: nobody has signed in, and it shows no message that is shown once."""
    return not current_actor().is_signed_in and not get_flashed_messages()


def unchanged(mark: Mark, *, for_all: bool = False) -> Response | None:
    """304 for a browser whose copy still holds. `for_all`: an answer that never depends on who asks."""
    asked = request.if_none_match
    if not asked or asked.star_tag or not (for_all or is_shared()):
        return None
    tag = _tag(mark, for_all=for_all)
    return _kept(make_response("", 304), tag, for_all=for_all) if asked.contains_weak(tag) else None


def shared(body: ResponseReturnValue, mark: Mark, *, for_all: bool = False) -> Response:
    """A page to keep if it is the same for everyone, for this person alone otherwise."""
    response = make_response(body)
    if for_all or is_shared():
        return _kept(response, _tag(mark, for_all=for_all), for_all=for_all)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _kept(response: Response, tag: str, *, for_all: bool = False) -> Response:
    own = not for_all and REMEMBERED in session
    response.headers["Cache-Control"] = "private, no-cache" if own else "public, no-cache"
    if not for_all:
        response.vary.add("Cookie")
    response.set_etag(tag, weak=True)
    return response


def _tag(mark: Mark, *, for_all: bool) -> str:
    """The publication counter, the civil day, the address, the deployed version: all that the page depends on."""
    remembered = None if for_all else session.get(REMEMBERED)
    parts = (mark.counter, clock.today(), request.full_path, _deployed(), remembered)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


@cache
def _deployed() -> str:
    """A digest of the code, the templates and the styles that this process runs."""
    digest = hashlib.sha256()
    for pattern in _DEPLOYED:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
