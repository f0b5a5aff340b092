"""Which of the hours declared are retained, and why not the others (domain.md § 0 bis)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from portal.contracts.rules import ends_on
from portal.declarations.facts import Decision
from portal.declarations.rules.month import WorkedLine
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import EligibilityState, OrganisationKind, RetentionReason

PRESUMING = frozenset(
    {
        OrganisationKind.EI,
        OrganisationKind.AI,
        OrganisationKind.ACI,
        OrganisationKind.ETTI,
        OrganisationKind.EITI,
        OrganisationKind.EA,
        OrganisationKind.EATT,
        OrganisationKind.ESAT,
    }
)
"""Whose staff is presumed eligible (CCAG, art. 16.1)."""

_DECIDING = frozenset({EligibilityState.CONFIRMED, EligibilityState.REFUSED})
_ELIGIBLE = frozenset({EligibilityState.CONFIRMED, EligibilityState.PRESUMED})
_NONE = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """What a contract says of the hours that count."""

    counts_training: bool = True
    training_cap_percent: int | None = None
    counting_months: int = 24


@dataclass(frozen=True)
class Retained:
    """Hours that count, and why not all of those declared."""

    hours: Decimal
    reason: RetentionReason | None = None
    note: str | None = None


def presumes(kinds: Collection[OrganisationKind]) -> bool:
    return not PRESUMING.isdisjoint(kinds)


def eligibility(
    decided: EligibilityState | None, known: EligibilityState | None, *, presumed: bool
) -> EligibilityState:
    """What holds for a person's month: said now, confirmed before, presumed of a structure's staff, or still open.

    A structure's staff is presumed even after a refusal elsewhere: the facilitateur may refuse again.
    """
    if decided is not None and decided in _DECIDING:
        return decided
    if known is EligibilityState.CONFIRMED:
        return known
    if presumed:
        return EligibilityState.PRESUMED
    return EligibilityState.REFUSED if known is EligibilityState.REFUSED else EligibilityState.TO_CONFIRM


def is_counted(month: Month, entered_on: date, counting_months: int) -> bool:
    """Hours count for so many months from the entry; the month in which the period ends counts whole."""
    return month.first_day <= ends_on(entered_on, counting_months)


def counted_training(hours: Decimal, training: Decimal, terms: Terms) -> Decimal:
    """Training hours that count. The cap is a share of the hours retained: 20 % lets 25 h stand beside 100 h worked."""
    if not terms.counts_training:
        return _NONE
    cap = terms.training_cap_percent
    if cap is None or cap >= 100:
        return training
    most = (hours - training) * cap / (100 - cap)
    return min(training, most.quantize(Decimal("0.01"), ROUND_DOWN))


def retained(month: Month, line: WorkedLine, eligible: EligibilityState, terms: Terms) -> Retained:
    """What the rules let count of a person's month; never more than declared."""
    if not line.hours:
        return Retained(_NONE)
    if eligible not in _ELIGIBLE:
        refused = eligible is EligibilityState.REFUSED
        return Retained(_NONE, RetentionReason.NOT_ELIGIBLE if refused else RetentionReason.NOT_CONFIRMED)
    if not is_counted(month, line.entered_on, terms.counting_months):
        return Retained(_NONE, RetentionReason.PERIOD_OVER)
    training = counted_training(line.hours, line.training_hours, terms)
    counted = line.hours - line.training_hours + training
    return Retained(counted, RetentionReason.TRAINING if counted < line.hours else None)


def decided(line: WorkedLine, allowed: Retained, decision: Decision) -> Retained:
    """What is retained in the end: the facilitateur may retain less than the rules, saying why; never more."""
    wanted = decision.retained_hours
    if wanted is None or wanted in {allowed.hours, line.hours}:
        return Retained(allowed.hours, allowed.reason, decision.note)
    if not 0 <= wanted <= allowed.hours:
        why = f" ({allowed.reason.label})" if allowed.reason else ""
        raise RuleViolation(
            typo(f"{format_hours(allowed.hours)} au plus peuvent être retenues{why}."), f"retained_hours_{line.id}"
        )
    if not decision.note:
        raise RuleViolation("Dites pourquoi vous retenez moins d’heures.", f"note_{line.id}")
    return Retained(wanted, RetentionReason.CORRECTED, decision.note)


def decides(decision: Decision) -> bool:
    return decision.eligibility in _DECIDING


def ensure_grounded(decision: Decision, line_id: int, *, already_grounded: bool) -> None:
    """An eligibility is confirmed on a criterion, or on the word of who sent the person (domain.md § 2.2)."""
    grounded = decision.criterion or decision.prescripteur or already_grounded
    if decision.eligibility is EligibilityState.CONFIRMED and not grounded:
        raise RuleViolation("Choisissez le critère constaté, ou le prescripteur.", f"criterion_{line_id}")


def ensure_proved(decision: Decision, today: date) -> None:
    """What the facilitateur confirms was seen: the proof of the criterion, or the prescripteur's attestation, each on
    a day that has come. A refusal needs neither."""
    if decision.eligibility is EligibilityState.CONFIRMED:
        if decision.criterion is None and decision.prescripteur is None:
            raise RuleViolation("Choisissez le critère constaté, ou le prescripteur qui atteste.", "criterion")
        if decision.criterion is not None and decision.prescripteur is None and decision.proof_seen_on is None:
            raise RuleViolation("Indiquez le jour où vous avez vu le justificatif.", "proof_seen_on")
        if decision.prescripteur is not None and decision.attested_on is None:
            raise RuleViolation("Indiquez la date de son attestation.", "attested_on")
    for field in ("proof_seen_on", "attested_on"):
        day = getattr(decision, field)
        if day is not None and day > today:
            raise RuleViolation("Ce jour n’est pas encore venu.", field)
    if decision.further and decision.criterion is None:
        raise RuleViolation("Choisissez d’abord le critère principal.", "criterion")
