"""The blueprint of this room's pages, and the gesture they share."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.web import SafeForm, render

pages = Blueprint("alerts", __name__)


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"alerts/{template}.html", form=form, **context), status
