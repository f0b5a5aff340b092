"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.kernel.actor import Actor
from portal.requests.models import PurchaseRequest
from portal.storage import reading
from portal.web import Act, SafeForm, back_unless, current_actor, form_or_act, form_page

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
    return back_unless(lambda: allowed(request.state), address_of(request))


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    return form_page(f"requests/{template}.html", form, **context)


def carried_out(
    template: str, form: SafeForm, find: Find, do: Do, message: str, *, request: PurchaseRequest, **context: Any
) -> ResponseReturnValue:
    """The page, or the act on the request found anew within its transaction, once."""

    def act_on(act: Act) -> None:
        where = do(act.session, find(act.session, current_actor(), request.public_id))
        act.leads_to(where or address_of(request), message)

    return form_or_act(f"requests/{template}.html", form, act_on, request=request, **context)
