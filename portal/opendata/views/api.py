"""The read API: projects, lots and vocabularies, the same for everyone."""

from datetime import datetime, time
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.opendata.addresses import absolute
from portal.opendata.api import documents, queries
from portal.opendata.api.openapi import description
from portal.opendata.api.parameters import Asked, read_lots, read_nothing, read_projects
from portal.opendata.api.vocabularies import vocabularies as all_vocabularies
from portal.opendata.views.answers import answered
from portal.opendata.views.blueprint import data
from portal.sourcing.queries import meetings_from
from portal.web import public

Document = dict[str, Any]


@data.get("/api/v1/lots")
@public
def lots() -> Response:
    asked = read_lots(_pairs())

    def page(session: Session) -> Document:
        found = queries.lots_page(session, asked)
        told = [documents.lot_document(lot) for lot in found.lots]
        return _listed("api.lots", "lots", told, asked, found.total, found.next_place)

    return answered(page)


@data.get("/api/v1/projects")
@public
def projects() -> Response:
    asked = read_projects(_pairs())

    def page(session: Session) -> Document:
        found = queries.projects_page(session, asked)
        told = [documents.project_document(held) for held in found.projects]
        return _listed("api.projects", "projects", told, asked, found.total, found.next_place)

    return answered(page)


@data.get("/api/v1/projects/<reference>")
@public
def project(reference: str) -> Response:
    read_nothing(_pairs())

    def one(session: Session) -> Document:
        project_id = queries.public_project_id(session, reference)
        held = queries.lots_of_projects(session, [project_id])[0]
        history = queries.histories_of(session, [project_id])[project_id]
        return documents.project_document(held) | {"history": documents.history_document(history)}

    return answered(one)


@data.get("/api/v1/lots/<reference>/<int:number>")
@public
def lot(reference: str, number: int) -> Response:
    read_nothing(_pairs())

    def one(session: Session) -> Document:
        project_id = queries.public_project_id(session, reference)
        held = queries.lots_of_projects(session, [project_id])[0]
        wanted = next((lot for lot in held if lot.number == number), None)
        if wanted is None:
            raise NotFound("Ce projet n’a pas, ou n’a plus, de lot de ce numéro.")
        return documents.lot_document(wanted)

    return answered(one)


@data.get("/api/v1/meetings")
@public
def meetings() -> Response:
    """From the beginning of the day on: the ETag, which holds the day, then tells the truth."""
    read_nothing(_pairs())
    since = datetime.combine(clock.today(), time(), clock.PARIS)

    def coming(session: Session) -> Document:
        return {"meetings": [documents.meeting_document(each) for each in meetings_from(session, since)]}

    return answered(coming)


@data.get("/api/v1/vocabularies")
@public
def vocabularies() -> Response:
    read_nothing(_pairs())
    return answered(lambda _session: {"vocabularies": all_vocabularies()})


@data.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    read_nothing(_pairs())
    return answered(lambda _session: description())


@data.get("/api/v1/")
@data.get("/api/v1/<path:rest>")
@public
def nowhere(rest: str = "") -> Response:
    """What stands nowhere in the description: told to a program, not shown as a page."""
    raise NotFound


def _pairs() -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def _listed(
    endpoint: str, name: str, told: list[Document], asked: Asked, total: queries.Total, next_place: str | None
) -> Document:
    return {
        name: told,
        "total": total.count,
        "total_is_capped": total.is_capped,
        "links": {"self": _here(endpoint, asked.after), "next": _here(endpoint, next_place) if next_place else None},
    }


def _here(endpoint: str, after: str | None) -> str:
    """This very list, at another of its pages."""
    kept = {name: values for name, values in request.args.lists() if name != "after"}
    return absolute(endpoint, **kept, **({"after": after} if after else {}))
