"""The papers of a groupement, for who is inside: everyone else finds nothing."""

from flask import current_app, make_response
from flask.typing import ResponseReturnValue

from config import Config
from portal.groupements import papers
from portal.groupements.papers import Dossier
from portal.groupements.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.text import slug
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, requires

_JOIN = Permission.GROUPEMENT_JOIN
_PDF, _XLSX = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PAPERS = {"fiche": papers.sheet_of, "convention": papers.convention_of, "dc1": papers.dc1_of}


@pages.get("/groupements/<public_id>/documents/<any(fiche, convention, dc1):paper>.pdf")
@requires(_JOIN)
def paper(public_id: str, paper: str) -> ResponseReturnValue:
    dossier = _dossier(public_id)
    return _handed(_PAPERS[paper](dossier), _PDF, f"{paper}-{_called(dossier)}.pdf")


@pages.get("/groupements/<public_id>/documents/habilitation-<member>.pdf")
@requires(_JOIN)
def empowerment(public_id: str, member: str) -> ResponseReturnValue:
    dossier = _dossier(public_id)
    return _handed(papers.empowerment_of(dossier, member), _PDF, f"habilitation-{_called(dossier)}.pdf")


@pages.get("/groupements/<public_id>/documents/groupement.xlsx")
@requires(_JOIN)
def workbook(public_id: str) -> ResponseReturnValue:
    dossier = _dossier(public_id)
    return _handed(papers.workbook_of(dossier), _XLSX, f"{_called(dossier)}.xlsx")


def _dossier(public_id: str) -> Dossier:
    """Read at once: nothing of the database is held while the paper is made."""
    config: Config = current_app.config["AMONT"]
    with reading() as session:
        return papers.gather(session, current_actor(), public_id, clock.utc_now(), portal_name=config.portal_name)


def _called(dossier: Dossier) -> str:
    return slug(dossier.name)[:60] or "groupement"


def _handed(content: bytes, mimetype: str, name: str) -> ResponseReturnValue:
    response = make_response(content)
    response.mimetype = mimetype
    how = "inline" if mimetype == _PDF else "attachment"
    response.headers.set("Content-Disposition", how, filename=name)
    return response
