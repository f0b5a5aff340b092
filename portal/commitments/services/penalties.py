"""What the contract says of penalties, and what people decide: nothing is applied by the portal."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.commitments import policies, queries, rules, wording
from portal.commitments.facts import Decided, Terms
from portal.contracts.models import Contract, PenaltyDecision, PenaltyTerms
from portal.contracts.services import record, take
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import Event


def set_terms(
    session: Session, contract: Contract, terms: Terms, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Say what the contract says; saying nothing takes it back."""
    policies.ensure_can_decide(actor, contract)
    take(session, contract, expected_version)
    rules.ensure_terms(terms)
    before = queries.terms_of(session, contract)
    row = session.get(PenaltyTerms, contract.id) or PenaltyTerms(contract_id=contract.id)
    row.per_hour, row.per_late_day, row.cap_percent = terms.per_hour, terms.per_late_day, terms.cap_percent
    session.add(row)
    session.flush()
    record(session, Event.PENALTY_TERMS_SET, contract, actor=actor, now=now, before=vars(before), after=vars(terms))


def decide(
    session: Session,
    contract: Contract,
    decided: Decided,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> PenaltyDecision:
    """Keep what somebody decided of a simulation, with its figure and its formula.

    Raises RuleViolation on `outcome`, `decided_amount`, `reason`; or when the figure has changed since it was shown.
    """
    policies.ensure_can_decide(actor, contract)
    take(session, contract, expected_version)
    terms = queries.terms_of(session, contract)
    executed = queries.executed(session, contract, decided.day, queries.decisions_of(session, contract))
    simulated = rules.simulate(executed, terms)
    if simulated.total != decided.shown:
        raise RuleViolation(typo("Le calcul a changé depuis que vous l’avez lu : relisez-le ci-dessus, puis décidez."))
    rules.ensure_decision(decided, simulated)
    decision = PenaltyDecision(
        contract_id=contract.id,
        outcome=decided.outcome,
        simulated=simulated.total,
        amount=rules.claimed(decided, simulated),
        formula="\n".join(wording.formula(executed, simulated, terms)),
        reason=decided.reason.strip(),
        decided_at=now,
        decided_by_label=actor.label[:300],
    )
    session.add(decision)
    session.flush()
    told: dict[str, object] = {"outcome": decided.outcome, "simulated": decision.simulated, "amount": decision.amount}
    record(session, Event.PENALTY_DECIDED, contract, actor=actor, now=now, after=told)
    return decision
