"""The links that stop (RFC 8058): a GET shows what it would stop; a POST, from anywhere, does it."""

from http import HTTPStatus

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.alerts import queries, services, stops
from portal.alerts.queries.stops import Person
from portal.alerts.stops import Stop
from portal.alerts.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading, unit_of_work
from portal.web import public, render

_ONE_CLICK = "One-Click"


@pages.route("/alertes/arret/<token>", methods=["GET", "POST"])
@public
def stop(token: str) -> ResponseReturnValue:
    """Without cookie nor CSRF token: the signature says whose, and nothing but silence can come of it."""
    wanted = stops.read(token)
    asked = request.form.get("List-Unsubscribe") == _ONE_CLICK
    if request.method == "POST" and asked:
        with unit_of_work() as session:
            person = _person(session, wanted)
            services.stop(session, person.organisation_id, wanted.kinds, actor=person.actor, now=clock.utc_now())
        return _shown("stopped", wanted, person)
    with reading() as session:
        person = _person(session, wanted)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return _shown("stop", wanted, person, status)


def _person(session: Session, wanted: Stop) -> Person:
    person = queries.stopping(session, wanted.account, wanted.siret)
    if person is None:
        raise NotFound
    return person


def _shown(template: str, wanted: Stop, person: Person, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = make_response(render(f"alerts/{template}.html", wanted=wanted, person=person), status)
    response.headers["Cache-Control"] = "private, no-store"
    return response
