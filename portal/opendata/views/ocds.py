"""The forecast in OCDS: all of it by pages, or one project."""

from flask import Response, request

from portal.opendata.api.parameters import read_nothing, read_page
from portal.opendata.ocds import packages
from portal.opendata.views.answers import answered
from portal.opendata.views.blueprint import data
from portal.web import public


@data.get("/opendata/ocds.json")
@public
def ocds() -> Response:
    asked = read_page(request.args.items(multi=True))
    return answered(lambda session: packages.bulk(session, asked))


@data.get("/opendata/ocds/<reference>.json")
@public
def ocds_project(reference: str) -> Response:
    read_nothing(request.args.items(multi=True))
    return answered(lambda session: packages.of_project(session, reference))
