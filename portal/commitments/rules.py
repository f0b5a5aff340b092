"""What penalties would be, were the contract's terms applied (domain.md § 2.7). Pure: no database, no clock."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from portal.commitments.facts import Decided, Executed, Filing, Late, Simulation, Terms
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.money import format_euros
from portal.vocabulary import PenaltyOutcome

_CENT = Decimal("0.01")
_NONE = Decimal(0)


def simulate(executed: Executed, terms: Terms) -> Simulation:
    """Hours due and not retained, days late after a formal notice, within the cap when there is one."""
    lacking = max(_NONE, executed.due - executed.retained)
    missing = lacking if executed.pool_missing is None else min(lacking, executed.pool_missing)
    late = [each for filing in executed.filings if (each := late_of(filing, executed.notices, executed.day)).days]
    days = sum(each.counted for each in late)
    for_hours = _euros(missing * (terms.per_hour or _NONE))
    for_days = _euros(days * (terms.per_late_day or _NONE))
    cap = _cap(terms, executed.amount)
    total = for_hours + for_days if cap is None else min(for_hours + for_days, cap)
    return Simulation(missing, lacking - missing, for_hours, late, for_days, cap, total, days)


def shared(missing: Decimal, lacking: Mapping[int, Decimal], contract_id: int) -> Decimal:
    """What falls to one contract of the hours that a pool still owes, in proportion to what each lacks: no hour is
    asked of two."""
    whole = sum(lacking.values(), _NONE)
    if missing <= 0 or not whole:
        return _NONE
    return (missing * lacking[contract_id] / whole).quantize(Decimal("0.01"), ROUND_DOWN)


def late_of(filing: Filing, notices: Iterable[date], day: date) -> Late:
    """Calendar days between the due day and the filing; those before the first notice given since do not count."""
    end = min(filing.filed_on or day, day)
    days = max(0, (end - filing.due_on).days)
    noticed = min((notice for notice in notices if notice > filing.due_on), default=None)
    return Late(filing, days, 0 if noticed is None else max(0, (end - noticed).days))


def ensure_terms(terms: Terms) -> None:
    if terms.is_empty and terms.cap_percent is not None:
        raise RuleViolation(typo("Un plafond seul ne donne rien : indiquez ce qu’il plafonne."), "per_hour")


def ensure_decision(decided: Decided, simulated: Simulation) -> None:
    """Raises RuleViolation on the field at fault."""
    outcome, amount, total = decided.outcome, decided.amount, simulated.total
    if not decided.reason.strip():
        raise RuleViolation(typo("Dites pourquoi : la décision garde son motif."), "reason")
    if outcome is PenaltyOutcome.NOTICE and not (simulated.still_late or simulated.missing):
        raise RuleViolation("Rien n’est en retard, rien ne manque : pas de mise en demeure.", "outcome")
    if outcome in {PenaltyOutcome.REDUCED, PenaltyOutcome.CLAIMED} and not total:
        raise RuleViolation("La simulation ne donne rien à réclamer.", "outcome")
    if outcome is PenaltyOutcome.REDUCED and (amount is None or amount >= total):
        raise RuleViolation(
            typo(f"Une pénalité réduite se dit en euros, sous les {format_euros(total)} simulés."), "decided_amount"
        )
    if outcome is not PenaltyOutcome.REDUCED and amount is not None:
        raise RuleViolation("Le montant ne se saisit que pour une pénalité réduite.", "decided_amount")


def claimed(decided: Decided, simulated: Simulation) -> Decimal | None:
    """What is asked in the end; None when nothing is."""
    if decided.outcome is PenaltyOutcome.CLAIMED:
        return simulated.total
    return decided.amount if decided.outcome is PenaltyOutcome.REDUCED else None


def _cap(terms: Terms, amount: Decimal | None) -> Decimal | None:
    if terms.cap_percent is None or amount is None:
        return None
    return (amount * terms.cap_percent / 100).quantize(_CENT, ROUND_DOWN)


def _euros(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
