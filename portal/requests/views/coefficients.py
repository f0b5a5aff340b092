"""The coefficients by which amounts become hours: the portal's, where they come from, and the buyer's own."""

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.requests import policies, queries, services
from portal.requests.estimates import DEFAULTS, Coefficients
from portal.requests.forms import CoefficientForm
from portal.requests.models import HoursCoefficient
from portal.requests.views import present
from portal.requests.views.blueprint import pages
from portal.storage import reading
from portal.vocabulary import Permission, Trade
from portal.web import current_actor, once, render, requires


@pages.get("/achats/coefficients")
@requires(Permission.REQUEST_FILE)
def coefficients() -> ResponseReturnValue:
    buyer_id = policies.ensure_can_file(current_actor())
    with reading() as session:
        own = queries.stored_coefficients(session, buyer_id)
    rows = [_row(trade, own.get(trade)) for trade in Trade]
    return render("requests/coefficients.html", rows=rows, can_write=policies.can_answer(current_actor(), buyer_id))


@pages.route("/achats/coefficients/<code>", methods=["GET", "POST"])
@requires(Permission.REQUEST_ANSWER)
def coefficient(code: str) -> ResponseReturnValue:
    trade, buyer_id = _trade(code), policies.ensure_can_file(current_actor())
    with reading() as session:
        row = queries.stored_coefficients(session, buyer_id).get(trade)
    form = CoefficientForm(obj=_as_object(trade, row))
    if "reprendre" not in request.form and not form.validate_on_submit():
        return _page(form, trade, row)
    try:
        with once(form) as act:
            if "reprendre" in request.form:
                services.reset_coefficients(act.session, buyer_id, trade, **_by_me())
            else:
                version = form.version.data or 0
                services.set_coefficients(
                    act.session, buyer_id, trade, form.chosen, expected_version=version, **_by_me()
                )
            act.leads_to(url_for("requests.coefficients"), f"Coefficients enregistrés : {trade.label}.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _page(form, trade, row)
    return act.response


def _page(form: CoefficientForm, trade: Trade, row: HoursCoefficient | None) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    default = present.coefficients_row(DEFAULTS[trade])
    origin = DEFAULTS[trade].origin.value
    page = render("requests/coefficient.html", form=form, trade=trade, is_own=bool(row), default=default, origin=origin)
    return page, status


def _row(trade: Trade, own: HoursCoefficient | None) -> dict[str, Any]:
    used: Coefficients = queries.told_by(own) if own else DEFAULTS[trade]
    return {
        "trade": trade,
        "url": url_for("requests.coefficient", code=trade.value),
        "cells": present.coefficients_row(used),
        "origin": used.origin.value,
    }


def _as_object(trade: Trade, row: HoursCoefficient | None) -> object:
    """What the form starts from; version 0 while the portal's own hold."""
    return row or SimpleNamespace(**vars(DEFAULTS[trade]), version=0)


def _trade(code: str) -> Trade:
    try:
        return Trade(code)
    except ValueError:
        raise NotFound from None


def _by_me() -> dict[str, Any]:
    return {"actor": current_actor(), "now": clock.utc_now()}
