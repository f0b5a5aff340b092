"""An amendment (« avenant »): one act that changes what is promised, until when, by whom and in which months."""

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import policies, rules
from portal.contracts.facts import AmendmentFacts, ReportingFacts
from portal.contracts.models import Amendment, Commitment, Contract, ContractTitulaire
from portal.contracts.services import telling
from portal.contracts.services.creation import record
from portal.contracts.services.indexing import index_contracts
from portal.contracts.services.keeping import suspend
from portal.contracts.services.taking import take
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.vocabulary import CommitmentKind, Event, IdentifierType


def amend(
    session: Session, contract: Contract, facts: AmendmentFacts, *, expected_version: int, actor: Actor, now: datetime
) -> Amendment:
    """Record it, change the contract, tell its titulaires: those who leave too. Raises RuleViolation on a field."""
    policies.ensure_can_write(actor, contract.buyer_id)
    take(session, contract, expected_version)
    _ensure_possible(contract, facts, now)
    told = {held.organisation_id for held in contract.titulaires if held.left_on is None}
    before, promised = _told(contract), contract.promised_hours
    _change(session, contract, facts)
    rules.ensure_hours_within(contract.promised_hours, [held.hours for held in _live(contract)])
    amendment = _recorded(contract, facts, before, promised, actor, now)
    session.add(amendment)
    session.flush()
    session.expire(contract, ["amendments"])
    index_contracts(session, [contract.id])
    kept: dict[str, Any] = {"number": amendment.number, "effective_on": amendment.effective_on}
    was, becomes = json.loads(amendment.before), json.loads(amendment.after)
    was["promised"], becomes["promised"] = amendment.promised_before, amendment.promised_after
    record(session, Event.CONTRACT_AMENDED, contract, actor=actor, now=now, before=was, after=kept | becomes)
    telling.tell_titulaires(session, amendment, told | {held.organisation_id for held in _live(contract)}, now)
    return amendment


def _ensure_possible(contract: Contract, facts: AmendmentFacts, now: datetime) -> None:
    rules.ensure_amendable(facts, contract.notified_on, facts.ends_on)
    known = contract.amendments
    last = max((each.effective_on for each in known), default=None)
    rules.ensure_in_order(facts, [each.number for each in known], last)
    months = ReportingFacts(first_month=contract.first_month, last_month=facts.last_month, suspended=facts.suspended)
    rules.ensure_reporting_coherent(months, contract.notified_on)
    staying = [held for held in _live(contract) if held.id not in facts.leaving]
    leads = facts.mandataire is not None or any(held.is_mandataire for held in staying)
    rules.ensure_departures(facts, len(staying) + len(facts.joining), leads=leads, today=clock.paris_date(now))
    if {held.organisation_id for held in staying} & set(facts.joining):
        raise RuleViolation("Cette organisation est déjà titulaire du marché.", "joining")


def _change(session: Session, contract: Contract, facts: AmendmentFacts) -> None:
    _promise(contract, facts.promised_hours)
    contract.ends_on, contract.last_month = facts.ends_on, facts.last_month
    suspend(contract, facts.suspended)
    for held in contract.titulaires:
        held.hours = facts.hours_of.get(held.id, held.hours)
        if held.id in facts.leaving:
            held.left_on, held.is_mandataire = facts.effective_on - timedelta(1), False
    _join(session, contract, facts.joining, facts.effective_on)
    if facts.mandataire is not None:
        for held in contract.titulaires:
            held.is_mandataire = held.left_on is None and held.organisation_id == facts.mandataire
    session.flush()


def _promise(contract: Contract, hours: Decimal) -> None:
    fixed = next((held for held in contract.commitments if held.kind is CommitmentKind.FIXED_HOURS), None)
    if fixed is None and hours:
        contract.commitments.append(Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=hours))
    elif fixed is not None and hours:
        fixed.quantity = hours
    elif fixed is not None:
        contract.commitments.remove(fixed)


def _join(session: Session, contract: Contract, ids: Collection[int], since: date) -> None:
    """Who held the contract before and left comes back in the same place."""
    former = {held.organisation_id: held for held in contract.titulaires}
    position = max((held.position for held in contract.titulaires), default=0)
    for rank, body in enumerate(session.scalars(select(Organisation).where(Organisation.id.in_(ids))), 1):
        if body.id in former:
            former[body.id].joined_on, former[body.id].left_on = since, None
            continue
        contract.titulaires.append(
            ContractTitulaire(
                position=position + rank,
                organisation=body,
                identifier=body.siret,
                identifier_type=IdentifierType.SIRET,
                name=body.name,
                joined_on=since,
            )
        )


def _recorded(
    contract: Contract, facts: AmendmentFacts, before: dict[str, Any], promised: Decimal, actor: Actor, now: datetime
) -> Amendment:
    after = _told(contract)
    changed = [name for name in before if before[name] != after[name]]
    if not changed and promised == contract.promised_hours:
        raise RuleViolation("Cet avenant ne change rien : dites ce qui change.")
    return Amendment(
        contract_id=contract.id,
        number=facts.number,
        signed_on=facts.signed_on,
        effective_on=facts.effective_on,
        reason=facts.reason.strip(),
        promised_before=promised,
        promised_after=contract.promised_hours,
        before=json.dumps({name: before[name] for name in changed}, ensure_ascii=False),
        after=json.dumps({name: after[name] for name in changed}, ensure_ascii=False),
        recorded_at=now,
        recorded_by_label=actor.label[:300],
    )


def _told(contract: Contract) -> dict[str, Any]:
    """What an amendment may change besides the promise, as it is kept."""
    return {
        "ends_on": contract.ends_on and contract.ends_on.isoformat(),
        "last_month": contract.last_month and str(contract.last_month),
        "suspended": [str(month) for month in sorted(held.month for held in contract.suspensions)],
        "titulaires": sorted(held.shown_name for held in _live(contract)),
        "mandataire": next((held.shown_name for held in _live(contract) if held.is_mandataire), None),
    }


def _live(contract: Contract) -> list[ContractTitulaire]:
    return [held for held in contract.titulaires if held.left_on is None]
