"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.kernel.errors import RuleViolation
from portal.web import SafeForm, once, render

pages = Blueprint("sourcing", __name__)

Do = Callable[[Session], None]
"""Carries an act out, its objects found anew within its transaction."""


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"sourcing/{template}.html", form=form, **context), status


def carried_out(
    template: str, form: SafeForm, do: Do, message: str, *, leads_to: str, **context: Any
) -> ResponseReturnValue:
    """The page, or the act, once."""
    if not form.validate_on_submit():
        return shown(template, form, **context)
    try:
        with once(form) as act:
            do(act.session)
            act.leads_to(leads_to, message)
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown(template, form, **context)
    return act.response
