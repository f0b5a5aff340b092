"""The blueprint of this room's pages, and the gesture they share: a form until it is well filled in, then the act."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.web import Act, SafeForm, form_or_act, form_page

pages = Blueprint("sourcing", __name__)

Do = Callable[[Session], None]
"""Carries an act out, its objects found anew within its transaction."""


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    return form_page(f"sourcing/{template}.html", form, **context)


def carried_out(
    template: str, form: SafeForm, do: Do, message: str, *, leads_to: str, **context: Any
) -> ResponseReturnValue:
    """The page, or the act, once."""

    def act_on(act: Act) -> None:
        do(act.session)
        act.leads_to(leads_to, message)

    return form_or_act(f"sourcing/{template}.html", form, act_on, **context)
