"""« Renouvellement de … » in one click, from a contract or an old project."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts import queries as contracts
from portal.forecast import queries as forecast
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.requests import services
from portal.requests.models import PurchaseRequest
from portal.requests.views.blueprint import address_of, pages
from portal.vocabulary import Permission, RequestState
from portal.web import SafeForm, current_actor, once, requires


@pages.post("/demandes/renouveler/marche/<reference>")
@requires(Permission.REQUEST_FILE)
def renew_contract(reference: str) -> ResponseReturnValue:
    def begin(session: Session) -> PurchaseRequest:
        contract = contracts.visible(session, current_actor(), reference)
        return services.request_renewal(session, contract, actor=current_actor(), now=clock.utc_now())

    return _begun(begin, url_for("contracts.show", reference=reference))


@pages.post("/demandes/renouveler/projet/<reference>")
@requires(Permission.REQUEST_FILE)
def repeat_project(reference: str) -> ResponseReturnValue:
    def begin(session: Session) -> PurchaseRequest:
        project = forecast.own(session, current_actor(), reference)
        return services.repeat_project(session, project, actor=current_actor(), now=clock.utc_now())

    return _begun(begin, url_for("forecast.overview", reference=reference))


def _begun(begin: Callable[[Session], PurchaseRequest], back: str) -> ResponseReturnValue:
    form, now = SafeForm(), clock.utc_now()
    try:
        with once(form) as act:
            draft = begin(act.session)
            is_draft = draft.state is RequestState.DRAFT
            where = url_for("requests.edit", public_id=draft.public_id) if is_draft else address_of(draft)
            new = draft.created_at >= now
            told = (
                "Brouillon prêt : relisez-le, complétez-le, déposez-le."
                if new
                else "Vous aviez déjà commencé cette demande."
            )
            act.leads_to(where, told)
    except RuleViolation as problem:
        flash(problem.sentence, "warning")
        return redirect(back)
    return act.response
