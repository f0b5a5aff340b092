"""What a titulaire does with those who employ: entrusts them lines, takes them back, gives a part back."""

from collections.abc import Sequence
from datetime import date

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts import queries as contracts
from portal.contracts.models import Contract
from portal.declarations import policies, queries, rules, services
from portal.declarations.forms.delegation import EndForm, EntrustForm, HandBackForm
from portal.declarations.models import DelegatedPart, Delegation
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.month import read_page
from portal.declarations.views.posting import answered, is_over, too_late
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.month import Month, months_between
from portal.storage import reading
from portal.vocabulary import PartState, Permission
from portal.web import current_actor, once, requires

_MONTHS_BACK, _MONTHS_AHEAD = 12, 3
"""Offered around the last month that is open: nobody entrusts the months of two years ago."""


@pages.route("/marches/<reference>/confier", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def entrust(reference: str) -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "").split())[:200]
    with reading() as session:
        contract = _held(session, reference)
    form = EntrustForm()
    form.offer(_found(words, form.employer.data), _months(contract))
    if not form.validate_on_submit():
        return _choosing(form, contract, words)
    try:
        with once(form) as act:
            employer = _chosen(act.session, form.employer.data)
            services.entrust(
                act.session,
                _held(act.session, reference),
                employer,
                Month.parse(form.since.data),
                actor=current_actor(),
                now=clock.utc_now(),
            )
            told = f"Lignes confiées à {employer.shown_name} : un courriel l’en prévient."
            act.leads_to(_contract_page(reference), told)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _choosing(form, contract, words)
    return act.response


@pages.route("/marches/<reference>/confier/<int:delegation>/reprendre", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def end_delegation(reference: str, delegation: int) -> ResponseReturnValue:
    with reading() as session:
        contract = _held(session, reference)
        ending = queries.delegation_of(session, current_actor(), contract, delegation)
    form = EndForm()
    form.offer(_months_to_end(ending))
    if not form.validate_on_submit():
        return answered(form, "declarations/end_delegation.html", contract=contract, delegation=ending)
    try:
        with once(form) as act:
            held = queries.delegation_of(act.session, current_actor(), _held(act.session, reference), delegation)
            until = Month.parse(form.until.data)
            services.end(act.session, held, until, actor=current_actor(), now=clock.utc_now())
            told = f"Plus de lignes confiées à {ending.employer.shown_name} après {until.label}."
            act.leads_to(_contract_page(reference), told)
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/end_delegation.html", contract=contract, delegation=ending)
    return act.response


@pages.route("/declarations/<reference>/parts/<int:part>/rendre", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def hand_back(reference: str, part: int) -> ResponseReturnValue:
    """A part that is handed goes back to its employer, with a word."""
    page = read_page(reference)
    policies.ensure_can_file(current_actor(), page.declaration)
    handed = _part(page.declaration.parts, part)
    if is_over(page.is_editable and handed.state is PartState.HANDED):
        return too_late(address_of(page.declaration), "Cette part n’est plus à rendre.")
    form = HandBackForm(obj=handed)
    if not form.validate_on_submit():
        return answered(form, "declarations/hand_back.html", page=page, part=handed)
    try:
        with once(form) as act:
            declaration = queries.visible(act.session, current_actor(), reference)
            services.hand_back(
                act.session,
                _part(declaration.parts, part),
                form.words.data or "",
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            told = f"Part rendue à {handed.employer.shown_name} : un courriel l’en prévient."
            act.leads_to(address_of(declaration) + "#parts", told)
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/hand_back.html", page=page, part=handed)
    return act.response


def _held(session: Session, reference: str) -> Contract:
    """A contract that one's organisation holds; NotFound otherwise, even for one that one may read."""
    contract = contracts.visible(session, current_actor(), reference)
    if not policies.can_entrust(current_actor(), contract):
        raise NotFound
    return contract


def _part(parts: Sequence[DelegatedPart], part_id: int) -> DelegatedPart:
    found = next((part for part in parts if part.id == part_id), None)
    if found is None:
        raise NotFound
    return found


def _found(words: str, chosen: str | None) -> list[tuple[str, str]]:
    """The structures found, and the one chosen already, by SIRET: never one's own."""
    mine, today = current_actor().organisation_id, clock.today()
    with reading() as session:
        found = list(queries.employers_called(session, words, today, but=mine))
        current = by_siret(session, chosen or "")
        if current is not None and current.siret not in {each.siret for each in found}:
            found.append(current)
        return [(each.siret, _named(each, today)) for each in found]


def _named(organisation: Organisation, today: date) -> str:
    """« Cap Renfort (ETTI), Verrières, SIRET 123 456 789 00012 »."""
    kinds = ", ".join(sorted(kind.value for kind in organisation.kinds_on(today) & rules.EMPLOYING))
    place = f", {organisation.commune.name}" if organisation.commune else ""
    return f"{organisation.shown_name} ({kinds}){place}, SIRET {organisation.shown_siret.replace(' ', _NBSP)}"


_NBSP = "\N{NO-BREAK SPACE}"


def _chosen(session: Session, siret: str) -> Organisation:
    employer = by_siret(session, siret)
    if employer is None:
        raise NotFound
    return employer


def _months(contract: Contract) -> list[Month]:
    """Those that the contract declares, around the last one that is open."""
    if contract.first_month is None or contract.last_month is None:
        return []
    last_open = rules.last_open_month(clock.today())
    first = max(contract.first_month, min(last_open, contract.last_month) + -_MONTHS_BACK)
    last = min(contract.last_month, max(last_open, contract.first_month) + _MONTHS_AHEAD)
    return months_between(first, last)


def _months_to_end(delegation: Delegation) -> list[Month]:
    """The month before the first one, then those since: to the one being worked."""
    current = Month.of(clock.today())
    return months_between(delegation.since + -1, max(delegation.since, current))


def _choosing(form: EntrustForm, contract: Contract, words: str) -> ResponseReturnValue:
    months = _months(contract)
    if months and not form.is_submitted():
        form.since.data = str(min(max(rules.last_open_month(clock.today()), months[0]), months[-1]))
    return answered(form, "declarations/entrust.html", contract=contract, words=words)


def _contract_page(reference: str) -> str:
    return url_for("contracts.show", reference=reference) + "#confiees"
