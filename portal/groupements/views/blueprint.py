"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements.models import Groupement
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.web import Act, SafeForm, back_unless, current_actor, form_or_act, form_page

pages = Blueprint("groupements", __name__)

Find = Callable[[Session, Actor, str], Groupement]
Do = Callable[[Session, Groupement], str | None]
"""Carries an act out; gives what the person is told, if it is not always the same."""


def found(find: Find, public_id: str) -> Groupement:
    """The groupement as the actor may reach it, read before any form is drawn; NotFound otherwise."""
    with reading() as session:
        return find(session, current_actor(), public_id)


def address_of(groupement: Groupement) -> str:
    return url_for("groupements.show", public_id=groupement.public_id)


def too_late(groupement: Groupement, allowed: Callable[[], None]) -> ResponseReturnValue | None:
    """Back to the groupement, told why, when its state leaves nothing to do on a page."""
    return back_unless(allowed, address_of(groupement))


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    return form_page(f"groupements/{template}.html", form, **context)


def carried_out(
    template: str, form: SafeForm, find: Find, do: Do, message: str, *, groupement: Groupement, **context: Any
) -> ResponseReturnValue:
    """The page, or the act on the groupement found anew within its transaction, once."""
    context |= {"groupement": groupement, "now": clock.utc_now()}

    def act_on(act: Act) -> None:
        told = do(act.session, find(act.session, current_actor(), groupement.public_id))
        act.leads_to(address_of(groupement), told or message)

    return form_or_act(f"groupements/{template}.html", form, act_on, **context)
