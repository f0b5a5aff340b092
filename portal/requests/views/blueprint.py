"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.requests.models import PurchaseRequest
from portal.storage import reading
from portal.web import SafeForm, current_actor, once, render

pages = Blueprint("requests", __name__)

Find = Callable[[Session, Actor, str], PurchaseRequest]
Do = Callable[[Session, PurchaseRequest], str | None]
"""Carries an act out; gives where it leads, when that is not the request's own page."""


def found(find: Find, public_id: str) -> PurchaseRequest:
    """The request as the actor may reach it, read before any form is drawn; NotFound otherwise."""
    with reading() as session:
        return find(session, current_actor(), public_id)


def address_of(request: PurchaseRequest) -> str:
    return url_for("requests.show", public_id=request.public_id)


def too_late(request: PurchaseRequest, allowed: Callable[..., None]) -> ResponseReturnValue | None:
    """Back to the request, told why, when its state leaves nothing to do on a page."""
    try:
        allowed(request.state)
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(address_of(request))
    return None


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"requests/{template}.html", form=form, **context), status


def carried_out(
    template: str, form: SafeForm, find: Find, do: Do, message: str, *, request: PurchaseRequest, **context: Any
) -> ResponseReturnValue:
    """The page, or the act on the request found anew within its transaction, once."""
    if not form.validate_on_submit():
        return shown(template, form, request=request, **context)
    try:
        with once(form) as act:
            where = do(act.session, find(act.session, current_actor(), request.public_id))
            act.leads_to(where or address_of(request), message)
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown(template, form, request=request, **context)
    return act.response
