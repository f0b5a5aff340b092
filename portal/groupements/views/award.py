"""The buyer awards a lot to a filed groupement: its composition becomes that of the contract."""

from http import HTTPStatus

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import rules, services, translation
from portal.groupements.forms import AwardForm
from portal.groupements.models import Groupement
from portal.groupements.views import finding
from portal.groupements.views.blueprint import address_of, pages
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires


@pages.route("/groupements/<public_id>/attribuer/lot-<int:number>", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def award(public_id: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        groupement, lot = _found(session, public_id, number)
        form = AwardForm(obj=lot)
        context = {"groupement": groupement, "lot": lot, "members": services.active_in_order(groupement)}
    try:
        rules.ensure_awardable(groupement.state, {lot.id}, translation.lot_terms(lot))
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(address_of(groupement))
    if not form.validate_on_submit():
        return _page(form, context)
    try:
        with once(form) as act:
            contract = services.award(
                act.session,
                *_found(act.session, public_id, number),
                form.facts(),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("contracts.show", reference=contract.reference), "Lot attribué : voici son marché.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _page(form, context)
    return act.response


def _page(form: AwardForm, context: dict[str, object]) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render("groupements/award.html", form=form, **context), status


def _found(session: Session, public_id: str, number: int) -> tuple[Groupement, Lot]:
    groupement = finding.awardable(session, current_actor(), public_id)
    lot = next((lot for lot in groupement.lots if lot.number == number), None)
    if lot is None:
        raise NotFound
    return groupement, lot
