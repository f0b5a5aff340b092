"""The blueprint of this room's pages, and the gesture they share."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.web import SafeForm, form_page

pages = Blueprint("alerts", __name__)


def shown(template: str, form: SafeForm, **context: Any) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    return form_page(f"alerts/{template}.html", form, **context)
