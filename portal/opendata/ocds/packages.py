"""Releases in their package: who publishes, under which licence, which extensions, where the next page is."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.opendata.addresses import absolute, settings
from portal.opendata.api import queries
from portal.opendata.api.parameters import Asked, rank_place
from portal.opendata.ocds.releases import releases_of
from portal.opendata.ocds.values import Document

_EXTENSIONS = "https://raw.githubusercontent.com/open-contracting-extensions"
LOTS = f"{_EXTENSIONS}/ocds_lots_extension/master/extension.json"
OTHER_REQUIREMENTS = f"{_EXTENSIONS}/ocds_otherRequirements_extension/master/extension.json"
PAGINATION = f"{_EXTENSIONS}/ocds_pagination_extension/master/extension.json"


def bulk(session: Session, asked: Asked) -> Document:
    """A page of all the projects that were ever public. Raises NotFound when it would hold none (minItems: 1)."""
    ids = queries.published_ids(session, asked.rank(), asked.limit + 1)
    shown = ids[: asked.limit]
    if not shown:
        raise NotFound("Rien n’est publié ici : un paquet OCDS contient au moins une version.")
    kept = {"limit": asked.limit} | ({"after": asked.after} if asked.after else {})
    package = _package(absolute("api.ocds", **kept), _releases(session, shown))
    if len(ids) > len(shown):
        package["links"] = {"next": absolute("api.ocds", limit=asked.limit, after=rank_place(shown[-1]))}
    return package


def of_project(session: Session, reference: str) -> Document:
    project_id = queries.public_project_id(session, reference)
    return _package(absolute("api.ocds_project", reference=reference), _releases(session, [project_id]))


def _releases(session: Session, project_ids: Sequence[int]) -> list[Document]:
    projects = queries.lots_of_projects(session, project_ids)
    histories = queries.histories_of(session, project_ids)
    prefix = settings().ocid_prefix
    return [release for lots in projects for release in releases_of(prefix, lots, histories[lots[0].project_id])]


def _package(uri: str, releases: list[Document]) -> Document:
    return {
        "uri": uri,
        "version": "1.1",
        "extensions": [LOTS, OTHER_REQUIREMENTS, PAGINATION],
        "publishedDate": max(release["date"] for release in releases),
        "publisher": {"name": settings().portal_name, "uri": settings().base_url},
        "license": settings().open_data_licence,
        "publicationPolicy": absolute("opendata.guide"),
        "releases": releases,
    }
