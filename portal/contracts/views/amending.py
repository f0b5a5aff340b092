"""An amendment, as its buyer records it."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue

from portal.contracts import queries, services
from portal.contracts.amendment_forms import AmendmentForm
from portal.contracts.models import Contract
from portal.contracts.views.access import own, page_of, read_own, shown
from portal.contracts.views.blueprint import pages
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires


@pages.route("/marches/<reference>/avenants/nouveau", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def amend(reference: str) -> ResponseReturnValue:
    contract = read_own(reference)
    form = AmendmentForm.for_titulaires(contract.titulaires)(obj=contract)
    form.offer(_offered(contract, form))
    if "chercher" in request.form:
        return render("contracts/amend.html", form=form, contract=contract, searched=True), HTTPStatus.OK
    if not form.validate_on_submit():
        return shown("amend", form, contract)
    try:
        with once(form) as act:
            held = own(act.session, reference)
            joining = queries.numbered(act.session, form.chosen)
            services.amend(
                act.session,
                held,
                form.facts(held, {body.siret: body.id for body in joining}),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page_of(reference), "Avenant enregistré ; les titulaires en sont informés.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("amend", form, contract)
    return act.response


def _offered(contract: Contract, form: AmendmentForm) -> Sequence[Organisation]:
    """Who may join: those found, those chosen already; none that holds the contract now."""
    live = {held.organisation_id for held in contract.titulaires if held.left_on is None}
    with reading() as session:
        found = queries.organisations_called(session, form.sought.data or "", clock.today())
        chosen = queries.numbered(session, form.chosen)
    return [body for body in {body.id: body for body in (*chosen, *found)}.values() if body.id not in live]
