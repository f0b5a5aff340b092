"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements.models import Groupement
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.web import SafeForm, current_actor, once, render

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
    try:
        allowed()
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(address_of(groupement))
    return None


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"groupements/{template}.html", form=form, **context), status


def carried_out(
    template: str, form: SafeForm, find: Find, do: Do, message: str, *, groupement: Groupement, **context: Any
) -> ResponseReturnValue:
    """The page, or the act on the groupement found anew within its transaction, once."""
    context |= {"groupement": groupement, "now": clock.utc_now()}
    if not form.validate_on_submit():
        return shown(template, form, **context)
    try:
        with once(form) as act:
            again = find(act.session, current_actor(), groupement.public_id)
            told = do(act.session, again)
            act.leads_to(address_of(groupement), told or message)
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown(template, form, **context)
    return act.response
