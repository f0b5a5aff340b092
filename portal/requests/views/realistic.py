"""« Quel levier est réaliste ? » for the lots of a project that is being prepared, whoever wrote it."""

from http import HTTPStatus
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.forecast import queries as forecast
from portal.forecast.models import Lot, Project
from portal.kernel import clock
from portal.requests import advice
from portal.requests.estimates import Tried
from portal.requests.forms import TryForm
from portal.requests.views import present
from portal.requests.views.blueprint import pages
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, render, requires


@pages.get("/achats/<reference>/realiste")
@requires(Permission.FORECAST_READ)
def realistic(reference: str) -> ResponseReturnValue:
    form = TryForm(request.args)
    asked = form.validate() and form.tried != Tried()
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
        lot = project.lot_numbered(request.args.get("lot", -1, type=int)) or project.lots[0]
        told = advice.gather(session, advice.purchase_of_lot(lot, form.tried if asked else None), clock.today())
    page = render(
        "requests/realistic.html",
        project=project,
        lot=lot,
        lots=_tabs(project, lot),
        advice=present.AdvicePage(told),
        try_form=form if form.errors else TryForm(None, **vars(told.coefficients)),
        is_tried=bool(asked or form.errors),
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _tabs(project: Project, shown: Lot) -> list[dict[str, Any]]:
    return [
        {
            "label": lot.shown_name,
            "url": url_for("requests.realistic", reference=project.reference, lot=lot.number),
            "current": lot is shown,
        }
        for lot in project.lots
        if not lot.is_whole
    ]
