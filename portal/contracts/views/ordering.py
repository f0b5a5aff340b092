"""The orders placed on a contract: listed for who reads it, typed by its buyer."""

from http import HTTPStatus

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts import policies, queries, services
from portal.contracts.models import Contract, PurchaseOrder
from portal.contracts.order_forms import OrderForm
from portal.contracts.views.access import own, read_own, shown
from portal.contracts.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, once, page_asked, render, requires


@pages.route("/marches/<reference>/commandes", methods=["GET", "POST"])
@requires(Permission.CONTRACT_READ)
def orders(reference: str) -> ResponseReturnValue:
    with reading() as session:
        contract = queries.visible(session, current_actor(), reference)
    form = OrderForm(obj=contract)
    if not form.is_submitted():
        return _listed(form, contract)
    if not policies.can_write(current_actor(), contract):
        raise Refused
    if not form.validate_on_submit() or (answer := _noted(form, reference)) is None:
        return _listed(form, contract)
    return answer


@pages.route("/marches/<reference>/commandes/<int:order_id>", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def correct_order(reference: str, order_id: int) -> ResponseReturnValue:
    contract = read_own(reference)
    with reading() as session:
        order = _order(session, contract, order_id)
    form = OrderForm(obj=contract, order=order)
    if not form.validate_on_submit() or (answer := _noted(form, reference, order_id)) is None:
        return shown("order", form, contract, order=order)
    return answer


def _noted(form: OrderForm, reference: str, order_id: int | None = None) -> ResponseReturnValue | None:
    """Where the browser goes; None when a rule refuses, said on the form."""
    try:
        with once(form) as act:
            held = own(act.session, reference)
            services.note_order(
                act.session,
                held,
                form.facts,
                _order(act.session, held, order_id) if order_id else None,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("contracts.orders", reference=reference), "Commande notée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return None
    return act.response


def _order(session: Session, contract: Contract, order_id: int) -> PurchaseOrder:
    order = session.get(PurchaseOrder, order_id)
    if order is None or order.contract_id != contract.id:
        raise NotFound
    return order


def _listed(form: SafeForm, contract: Contract) -> ResponseReturnValue:
    with reading() as session:
        found = queries.orders_of(session, contract, page_asked())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(
        "contracts/orders.html",
        form=form,
        contract=contract,
        found=found,
        can_write=policies.can_write(current_actor(), contract),
        page_url=lambda page: url_for("contracts.orders", reference=contract.reference, page=page),
    ), status
