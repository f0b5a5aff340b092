"""The gesture that posting pages share: a form until it is well filled in, then the act, once."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from portal.kernel.errors import RuleViolation
from portal.web.forms import SafeForm
from portal.web.idempotency import Act, once
from portal.web.pages import render


def form_page(template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    """The page of a form: 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(template, form=form, **context), status


def form_or_act(template: str, form: SafeForm, do: Callable[[Act], None], **context: object) -> ResponseReturnValue:
    """The page of a form, with what a rule refuses; or the act, whose `do` says where it leads."""
    if form.validate_on_submit():
        try:
            with once(form) as act:
                do(act)
            return act.response
        except RuleViolation as problem:
            form.add_problem(problem)
    return form_page(template, form, **context)


def back_unless(allowed: Callable[[], None], home: str) -> ResponseReturnValue | None:
    """Back to `home`, told why, when a rule leaves nothing to do on a page."""
    try:
        allowed()
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(home)
    return None
