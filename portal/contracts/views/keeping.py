"""What a contract's buyer says of it: what is promised, the months to declare, who follows it."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts import queries, services
from portal.contracts.forms import NOBODY, CommitmentForm, FollowForm, ReportingForm
from portal.contracts.models import Contract
from portal.contracts.views.access import own, page_of, read_own, shown
from portal.contracts.views.blueprint import pages
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import OrganisationKind, Permission
from portal.web import current_actor, once, requires


@pages.route("/marches/<reference>/engagement", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def commitment(reference: str) -> ResponseReturnValue:
    contract = read_own(reference)
    form = CommitmentForm.for_titulaires(contract.titulaires)(obj=contract)
    if not form.validate_on_submit():
        return shown("commitment", form, contract)
    try:
        with once(form) as act:
            held = own(act.session, reference)
            services.set_commitment(
                act.session,
                held,
                form.promised(held.commitments),
                form.hours_of,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page_of(reference), "Engagement enregistré.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("commitment", form, contract)
    return act.response


@pages.route("/marches/<reference>/mois-a-declarer", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def reporting(reference: str) -> ResponseReturnValue:
    contract = read_own(reference)
    form = ReportingForm(obj=contract)
    if not form.validate_on_submit():
        return shown("reporting", form, contract)
    try:
        with once(form) as act:
            services.set_reporting(
                act.session,
                own(act.session, reference),
                form.facts,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page_of(reference), "Mois à déclarer enregistrés.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("reporting", form, contract)
    return act.response


@pages.route("/marches/<reference>/facilitateur", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def follow(reference: str) -> ResponseReturnValue:
    contract, words = read_own(reference), " ".join(request.args.get("q", "").split())[:200]
    form = FollowForm(obj=contract)
    form.offer(_choices(contract, words, form.organisation.data))
    if not form.validate_on_submit():
        return shown("follow", form, contract, words=words)
    try:
        with once(form) as act:
            services.follow(
                act.session,
                own(act.session, reference),
                _chosen(act.session, form.organisation.data),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page_of(reference), "Suivi enregistré.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("follow", form, contract, words=words)
    return act.response


def _choices(contract: Contract, words: str, chosen: str | None) -> list[tuple[str, str]]:
    """The buyer itself, the bodies of facilitation found, the one chosen already, nobody."""
    today = clock.today()
    with reading() as session:
        found = list(queries.organisations_called(session, words, today, OrganisationKind.FACILITATION))
        current = by_siret(session, chosen or "")
    offered = {body.siret: f"{body.shown_name}, SIRET {body.shown_siret}" for body in (*found, current) if body}
    if contract.buyer is not None:
        offered = {contract.buyer.siret: f"{contract.buyer.shown_name}, nous-mêmes"} | {
            siret: label for siret, label in offered.items() if siret != contract.buyer.siret
        }
    return [*offered.items(), (NOBODY, "Personne pour l’instant")]


def _chosen(session: Session, siret: str) -> Organisation | None:
    if siret == NOBODY:
        return None
    return by_siret(session, siret)
