"""Purchasing's side: into the programme, back to be completed, or no."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.accounts.queries import account
from portal.forecast import renewals
from portal.kernel import clock
from portal.kernel.period import PlannedPeriod
from portal.requests import advice, policies, queries, rules, services
from portal.requests.forms import TakeForm, WordForm
from portal.requests.models import PurchaseRequest
from portal.requests.views import present
from portal.requests.views.blueprint import carried_out, found, pages, too_late
from portal.storage import reading
from portal.vocabulary import AmountBand, Permission
from portal.web import current_actor, requires

Answer = Callable[..., None]


@pages.route("/demandes/<public_id>/reprendre", methods=["GET", "POST"])
@requires(Permission.REQUEST_ANSWER)
def take(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        wanted = queries.visible(session, current_actor(), public_id)
        told = advice.gather(session, advice.purchase_of(wanted, clock.today()), clock.today())
        person = account(session, current_actor().account_id or 0)
    if (closed := too_late(wanted, rules.ensure_answerable)) is not None:
        return closed
    form = TakeForm(obj=wanted, data=_proposed(wanted, told))

    def into_programme(session: Session, again: PurchaseRequest) -> str:
        facts = form.facts(person.display_name, person.email)
        version = form.version.data or 0
        project = services.take(session, again, facts, expected_version=version, **_by_me())
        return url_for("forecast.overview", reference=project.reference)

    message = "La demande est dans votre programmation, en brouillon. La personne qui demande est prévenue."
    page = present.AdvicePage(told)
    return carried_out("take", form, queries.visible, into_programme, message, request=wanted, advice=page)


@pages.route("/demandes/<public_id>/renvoyer", methods=["GET", "POST"])
@requires(Permission.REQUEST_ANSWER)
def give_back(public_id: str) -> ResponseReturnValue:
    return _told(
        public_id, "give_back", services.give_back, rules.ensure_answerable, "La demande est renvoyée à compléter."
    )


@pages.route("/demandes/<public_id>/sans-suite", methods=["GET", "POST"])
@requires(Permission.REQUEST_ANSWER)
def decline(public_id: str) -> ResponseReturnValue:
    return _told(public_id, "decline", services.decline, rules.ensure_declinable, "La demande est sans suite.")


def _told(
    public_id: str, template: str, answer: Answer, allowed: Callable[..., None], message: str
) -> ResponseReturnValue:
    wanted = found(queries.visible, public_id)
    policies.ensure_can_answer(current_actor(), wanted.buyer_id)
    if (closed := too_late(wanted, allowed)) is not None:
        return closed
    form = WordForm(obj=wanted)

    def tell(session: Session, again: PurchaseRequest) -> None:
        answer(session, again, form.word.data or None, expected_version=form.version.data or 0, **_by_me())

    return carried_out(template, form, queries.visible, tell, message, request=wanted)


def _proposed(wanted: PurchaseRequest, told: advice.Advice) -> dict[str, Any]:
    """What the form starts from: nine months ahead, the envelope, the wished lever or the one that looks realistic."""
    planned: PlannedPeriod | None = None
    if wanted.wanted is not None:
        planned = renewals.planned_before(wanted.wanted.starts_on, clock.today())
    return {
        "planned": planned,
        "amount_band": AmountBand.of(int(wanted.budget * 100)) if wanted.budget is not None else None,
        "levers": [choice.lever.value for choice in told.levers],
        "reservation": told.potential.reservation if told.potential else None,
        "summary": wanted.need,
    }


def _by_me() -> dict[str, Any]:
    return {"actor": current_actor(), "now": clock.utc_now()}
