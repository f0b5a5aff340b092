"""The blueprint of this room's pages, and the gestures they share."""

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.accounts.models import Claim, JoinRequest
from portal.accounts.services.links import LinkOver
from portal.kernel.errors import RuleViolation
from portal.web import SafeForm, form_page, render

pages = Blueprint("accounts", __name__)


def shown(template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    return form_page(f"accounts/{template}.html", form, **context)


def refused(problem: RuleViolation, template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    """The same page, with what a rule refused."""
    form.add_problem(problem)
    return shown(template, form, **context)


def already_answered(template: str, asked: Claim | JoinRequest) -> ResponseReturnValue:
    """The page of a request that somebody has answered, without its form: 409 for the answer that comes too late."""
    too_late = request.method == "POST"
    page = render(f"accounts/{template}.html", asked=asked, too_late=too_late)
    return page, HTTPStatus.CONFLICT if too_late else HTTPStatus.OK


@pages.errorhandler(LinkOver)
def tell_link_over(over: LinkOver) -> ResponseReturnValue:
    return render("accounts/link_over.html", sentence=over.sentence), HTTPStatus.GONE
