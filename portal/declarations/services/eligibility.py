"""Whether a person's hours count, for a buyer: confirmed once, by the facilitateur (domain.md § 0 bis)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.declarations import queries, rules
from portal.declarations.facts import NO_DECISION, Decision
from portal.declarations.models import Declaration, Deposit, DepositLine, Eligibility
from portal.journal import services as journal
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
    states = {}
    for line in deposit.lines:
        row, decision = rows[line.participant.person_id], decisions.get(line.id, NO_DECISION)
        rules.ensure_grounded(decision, line.id, already_grounded=bool(row.criterion or row.prescripteur))
        state = rules.eligibility(decision.eligibility, row.state, presumed=presumed)
        states[row.person_id] = state
        if _says_more(row, decision):
            _decide(row, decision, actor, now)
            _record(session, line, declaration, state, actor=actor, now=now)
        elif row.decided_at is None:
            row.state = state
    session.flush()
    return states


def _rows(session: Session, declaration: Declaration, people: set[int]) -> dict[int, Eligibility]:
    """One for each person, made if need be."""
    buyer_id = declaration.contract.buyer_id
    known = select(Eligibility).where(Eligibility.buyer_id == buyer_id, Eligibility.person_id.in_(people))
    rows = {row.person_id: row for row in session.scalars(known)}
    for person_id in sorted(people - rows.keys()):
        rows[person_id] = Eligibility(person_id=person_id, buyer_id=buyer_id, state=EligibilityState.TO_CONFIRM)
        session.add(rows[person_id])
    return rows


def _says_more(row: Eligibility, decision: Decision) -> bool:
    """Whether it changes what is known: saying the same again is no decision."""
    if not rules.decides(decision):
        return False
    told = (decision.eligibility, decision.criterion or row.criterion, decision.prescripteur or row.prescripteur)
    return told != (row.state, row.criterion, row.prescripteur)


def _decide(row: Eligibility, decision: Decision, actor: Actor, now: datetime) -> None:
    assert decision.eligibility is not None  # noqa: S101 — narrows the type
    row.state = decision.eligibility
    row.criterion = decision.criterion or row.criterion
    row.prescripteur = decision.prescripteur or row.prescripteur
    row.decided_by_label, row.decided_at = actor.label[:300], now


def _record(
    session: Session,
    line: DepositLine,
    declaration: Declaration,
    state: EligibilityState,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Never the criterion: administrators read the journal, and it stays for ever."""
    person = line.participant.person
    subject = ("person", person.id, f"Personne {person.public_id}")
    after = {"state": state, "contract": declaration.contract.reference}
    journal.record(session, "eligibility.decided", subject, actor=actor, at=now, after=after)
