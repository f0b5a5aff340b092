"""How the consultation of a lot ends: with a contract, or with none."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.facts import NewContract
from portal.contracts.models import Contract
from portal.contracts.services import create_contract
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.directory.services import NewOrganisation, list_organisation
from portal.forecast import policies, rules, wording
from portal.forecast.facts import AwardFacts, LeverChoice
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Award, Lot, Project
from portal.forecast.services.history import record, tell
from portal.forecast.services.lots import hold
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.siret import Siret
from portal.storage import ensure_current
from portal.vocabulary import Lever, LotOutcome, OrganisationKind, ProjectState


def award_lot(
    session: Session,
    project: Project,
    lot: Lot,
    facts: AwardFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Contract:
    """Award a lot whose consultation runs: makes its contract and tells the public. `expected_version` is the lot's.

    Once every live lot has an outcome, the project is awarded. Raises RuleViolation on the field at fault, and when
    the lot has an outcome already.
    """
    _take(session, project, lot, expected_version, actor)
    today, published_on = clock.paris_date(now), clock.paris_date(project.published_at or now)
    rules.ensure_notification_dated(facts.notified_on, published_on, today)
    contract = create_contract(session, _contract_of(project, lot, facts), actor=actor, now=now)
    lot.award = Award(
        outcome=LotOutcome.AWARDED,
        decided_on=facts.notified_on,
        contract=contract,
        promised_hours=facts.promised_hours or None,
    )
    change = Change("lot_awarded", "Attribution", None, wording.holders_words(contract), needs_reason=False)
    _conclude(session, project, lot, change, "lot.awarded", None, actor, now)
    return contract


def titulaire_called(session: Session, siret: Siret, name: str | None, *, actor: Actor, now: datetime) -> Organisation:
    """The organisation that a SIRET names; one that the directory does not know is listed under `name`, as a company.

    Raises RuleViolation on `name` when it is needed and missing.
    """
    known = by_siret(session, siret)
    if known is not None:
        return known
    if not name:
        raise RuleViolation("Cette organisation n’est pas à l’annuaire : donnez son nom, elle y entrera.", "name")
    new = NewOrganisation(siret, name, {OrganisationKind.COMPANY: None})
    return list_organisation(session, new, actor=actor, now=now)


def close_lot(
    session: Session,
    project: Project,
    lot: Lot,
    *,
    reason: str | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """End a lot's consultation without a contract, « sans suite » (R2185-1), saying why (R2185-2).

    `expected_version` is the lot's. A project that ends without any contract is dropped.
    """
    _take(session, project, lot, expected_version, actor)
    rules.ensure_reason(reason)
    lot.award = Award(outcome=LotOutcome.UNSUCCESSFUL, decided_on=clock.paris_date(now), reason=reason)
    change = Change("lot_unsuccessful", "Consultation sans suite", None, None, needs_reason=True)
    _conclude(session, project, lot, change, "lot.unsuccessful", reason, actor, now)


def _take(session: Session, project: Project, lot: Lot, expected_version: int, actor: Actor) -> None:
    """Hold the project, so that of two outcomes of one lot the second sees the first."""
    policies.ensure_can_publish(actor, project)
    hold(session, project)
    session.refresh(lot, attribute_names=["award", "version"])
    rules.ensure_awardable(project.state, lot.outcome)
    ensure_current(lot, expected_version)


def _conclude(
    session: Session,
    project: Project,
    lot: Lot,
    change: Change,
    event: str,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Tell the public of a lot's end, and of the project's when it was the last one."""
    project.saved_at = now
    outcomes = _outcomes(session, project)
    if len(outcomes) == len(project.lots):
        project.state = ProjectState.AWARDED if LotOutcome.AWARDED in outcomes else ProjectState.DROPPED
        project.state_since = now
    tell(session, project, lot, [change], reason=reason, now=now)
    record(session, event, project, actor=actor, now=now, changes=[change], lot=lot)
    if project.state is not ProjectState.IN_TENDER:
        _tell_end(session, project, reason, actor, now)


def _outcomes(session: Session, project: Project) -> Sequence[LotOutcome]:
    """Those of the live lots as they stand now that the project is held, whoever wrote them."""
    session.flush()
    ended = select(Award.outcome).where(Award.lot_id.in_([lot.id for lot in project.lots]))
    return session.scalars(ended).all()


def _tell_end(session: Session, project: Project, reason: str | None, actor: Actor, now: datetime) -> None:
    awarded = project.state is ProjectState.AWARDED
    if len(project.lots) > 1:
        tell(session, project, None, _ends(awarded), reason=reason, now=now)
    record(session, "project.awarded" if awarded else "project.dropped", project, actor=actor, now=now)


def _ends(awarded: bool) -> Sequence[Change]:
    label = "Toutes les consultations du projet sont closes" if awarded else "Projet abandonné"
    return [Change("awarded" if awarded else "dropped", label, None, None, needs_reason=False)]


def _contract_of(project: Project, lot: Lot, facts: AwardFacts) -> NewContract:
    """The contract: what the lot announced, and what its award says."""
    told = lot.facts
    carried = {choice.lever: choice for choice in told.levers if _is_carried(choice, facts)}
    reserved = carried.get(Lever.RESERVED)
    return NewContract(
        buyer_id=project.buyer_id,
        number=facts.number,
        object=project.title if project.only_lot is lot else lot_title(project.title, lot.number, lot.title),
        notified_on=facts.notified_on,
        starts_on=facts.starts_on,
        duration_months=facts.duration_months,
        amount=facts.amount,
        titulaires=facts.titulaires,
        trade=told.trade,
        cpv_code=told.cpv_code,
        procedure=project.procedure,
        reservation=reserved.reservation if reserved else None,
        is_reserved=reserved is not None,
        has_social_clause=Lever.CLAUSE in carried,
        has_social_criterion=Lever.CRITERION in carried,
        groupement=facts.groupement,
        mandataire_solidaire=facts.mandataire_solidaire,
        promised_hours=facts.promised_hours,
    )


def _is_carried(choice: LeverChoice, facts: AwardFacts) -> bool:
    return choice.is_decided if facts.levers is None else choice.is_live and choice.lever in facts.levers
