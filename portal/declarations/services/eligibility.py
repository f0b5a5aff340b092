"""Whether a person's hours count, for a buyer: confirmed once, by the facilitateur (domain.md § 0 bis)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.declarations import fingerprints, queries, rules
from portal.declarations.facts import NO_DECISION, Decision
from portal.declarations.models import Declaration, Deposit, DepositLine, Eligibility
from portal.declarations.services import telling
from portal.kernel.actor import Actor
from portal.vocabulary import EligibilityState


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
    presumed = queries.is_presumed(declaration)
    states, changed, decided = {}, [], []
    for line in deposit.lines:
        row, decision = rows[line.participant.person_id], decisions.get(line.id, NO_DECISION)
        rules.ensure_grounded(decision, line.id, already_grounded=bool(row.criterion or row.prescripteur))
        states[row.person_id] = rules.eligibility(decision.eligibility, row.state, presumed=presumed)
        if _says_more(row, decision):
            changed.append(_decided(row, decision, actor, now))
            decided.append(line)
        elif row.decided_at is None:
            changed.append(_as_known(row, states[row.person_id]))
    if changed:
        session.execute(update(Eligibility), changed)
    if decided:
        _record(session, declaration, decided, states, actor=actor, now=now)
    return states


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
        "state": decision.eligibility,
        "criterion": decision.criterion or row.criterion,
        "prescripteur": decision.prescripteur or row.prescripteur,
        "decided_by_label": actor.label[:300],
        "decided_at": now,
    }


def _as_known(row: Eligibility, state: EligibilityState) -> dict[str, Any]:
    kept = {"criterion": row.criterion, "prescripteur": row.prescripteur}
    return {"id": row.id, "state": state, **kept, "decided_by_label": None, "decided_at": None}


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
