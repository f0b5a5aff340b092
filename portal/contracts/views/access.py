"""Which contract a page of its buyer is about."""

from http import HTTPStatus

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts import policies, queries
from portal.contracts.models import Contract
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.web import SafeForm, current_actor, render


def read_own(reference: str) -> Contract:
    with reading() as session:
        return own(session, reference)


def own(session: Session, reference: str) -> Contract:
    """A contract of the buyer one acts for; NotFound otherwise, even for one that one may read."""
    contract = queries.visible(session, current_actor(), reference)
    if not policies.can_write(current_actor(), contract):
        raise NotFound
    return contract


def shown(template: str, form: SafeForm, contract: Contract, **context: object) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"contracts/{template}.html", form=form, contract=contract, **context), status


def page_of(reference: str) -> str:
    return url_for("contracts.show", reference=reference)
