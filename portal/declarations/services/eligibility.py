"""Whether a person's hours count, for a buyer: confirmed once, by the facilitateur (domain.md § 0 bis)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.declarations import fingerprints, policies, queries, rules
from portal.declarations.facts import NO_DECISION, Decision
from portal.declarations.models import (
    Declaration,
    Deposit,
    DepositLine,
    Eligibility,
    FurtherCriterion,
    Participant,
)
from portal.declarations.services import telling
from portal.declarations.services.deposits import hold_people
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import EligibilityState, Public


def decide(
    session: Session,
    declaration: Declaration,
    deposit: Deposit,
    decisions: Mapping[int, Decision],
    *,
    actor: Actor,
    now: datetime,
) -> dict[int, EligibilityState]:
    """What holds for each person of the deposit, by person id; kept for the buyer's next months.

    What is only presumed of a structure's staff never covers what a facilitateur decided.
    """
    rows = _rows(session, declaration, {line.participant.person_id for line in deposit.lines})
    presumed = queries.presumed_people(session, declaration)
    states, changed, decided = {}, [], []
    for line in deposit.lines:
        row, decision = rows[line.participant.person_id], decisions.get(line.id, NO_DECISION)
        rules.ensure_grounded(decision, line.id, already_grounded=bool(row.criterion or row.prescripteur))
        states[row.person_id] = rules.eligibility(decision.eligibility, row.state, presumed=row.person_id in presumed)
        if _says_more(row, decision):
            changed.append(_decided(row, decision, actor, now))
            decided.append(line)
        elif row.decided_at is None:
            changed.append(_as_known(row, states[row.person_id]))
    if changed:
        session.execute(update(Eligibility), changed)
    if decided:
        further = {rows[line.participant.person_id].id: decisions[line.id].further for line in decided}
        _write_further(session, {id_: criteria for id_, criteria in further.items() if criteria})
        _record(session, declaration, decided, states, actor=actor, now=now)
    return states


def settle(
    session: Session,
    declaration: Declaration,
    participant: Participant,
    decision: Decision,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Eligibility:
    """Confirm or refuse a person for the buyer, or think better of it, whatever the state of the month.

    Hours already accepted stay as they were counted: reopening their month counts them anew. `expected_version` is that
    of the eligibility, 1 for a person of whom nothing is known. Problems stand on the fields of `decision`.
    """
    policies.ensure_can_check(actor, declaration)
    rules.ensure_proved(decision, paris_date(now))
    hold_people(session, {participant.person_id})
    row = _rows(session, declaration, {participant.person_id})[participant.person_id]
    ensure_current(row, expected_version)
    before = row.state
    row.state, row.decided_by_label, row.decided_at = _state_of(decision), actor.label[:300], now
    row.criterion, row.prescripteur = decision.criterion, decision.prescripteur
    row.attested_on, row.proof_seen_on = decision.attested_on, decision.proof_seen_on
    session.flush()
    _write_further(session, {row.id: decision.further - {decision.criterion}})
    label = fingerprints.alias(participant.person.public_id, row.buyer_id)
    told = {"before": {"state": before}, "after": {"state": row.state}}
    journal.record(session, "eligibility.decided", ("eligibility", row.id, label), actor=actor, at=now, **told)
    return row


def _state_of(decision: Decision) -> EligibilityState:
    if decision.eligibility is None or not rules.decides(decision):
        raise RuleViolation("Dites si vous confirmez son éligibilité, ou ne la retenez pas.", "state")
    return decision.eligibility


def _write_further(session: Session, further: Mapping[int, Collection[Public | None]]) -> None:
    """By eligibility id, the criteria beside the first one: these, and no others."""
    session.execute(delete(FurtherCriterion).where(FurtherCriterion.eligibility_id.in_(further)))
    rows = [{"eligibility_id": id_, "criterion": each} for id_, criteria in further.items() for each in criteria]
    if rows:
        session.execute(insert(FurtherCriterion), rows)


def _rows(session: Session, declaration: Declaration, people: set[int]) -> dict[int, Eligibility]:
    """One for each person, made if need be. Whoever decides holds the people: nobody else makes it meanwhile."""
    buyer_id = declaration.contract.buyer_id
    known = select(Eligibility).where(Eligibility.buyer_id == buyer_id, Eligibility.person_id.in_(people))
    rows = {row.person_id: row for row in session.scalars(known.execution_options(populate_existing=True))}
    if new := sorted(people - rows.keys()):
        to_confirm = {"buyer_id": buyer_id, "state": EligibilityState.TO_CONFIRM}
        session.execute(insert(Eligibility), [{"person_id": person_id, **to_confirm} for person_id in new])
        rows |= {row.person_id: row for row in session.scalars(known.where(Eligibility.person_id.in_(new)))}
    return rows


def _says_more(row: Eligibility, decision: Decision) -> bool:
    """Whether it changes what is known: saying the same again is no decision."""
    if not rules.decides(decision):
        return False
    told = (decision.eligibility, decision.criterion or row.criterion, decision.prescripteur or row.prescripteur)
    return told != (row.state, row.criterion, row.prescripteur)


def _decided(row: Eligibility, decision: Decision, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version + 1,
        "state": decision.eligibility,
        "criterion": decision.criterion or row.criterion,
        "prescripteur": decision.prescripteur or row.prescripteur,
        "attested_on": decision.attested_on or row.attested_on,
        "proof_seen_on": decision.proof_seen_on or row.proof_seen_on,
        "decided_by_label": actor.label[:300],
        "decided_at": now,
    }


def _as_known(row: Eligibility, state: EligibilityState) -> dict[str, Any]:
    kept = {fact: getattr(row, fact) for fact in _GROUNDS}
    return {"id": row.id, "state": state, **kept, "decided_by_label": None, "decided_at": None}


_GROUNDS = ("version", "criterion", "prescripteur", "attested_on", "proof_seen_on")


def _record(
    session: Session,
    declaration: Declaration,
    lines: list[DepositLine],
    states: Mapping[int, EligibilityState],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Never the criterion: administrators read the journal, and it stays for ever."""
    buyer_id = declaration.contract.buyer_id or 0
    people = {
        fingerprints.alias(line.participant.person.public_id, buyer_id): states[line.participant.person_id]
        for line in lines
    }
    telling.record(session, "eligibility.decided", declaration, actor=actor, now=now, people=people)
