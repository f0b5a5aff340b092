"""What a contract promises, for how long, and which months it declares. No database, no clock."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from portal.contracts.facts import CommitmentFacts, HeldBy, NewContract, ReportingFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.kernel.text import slug
from portal.vocabulary import CommitmentKind, DecpGroupement

WHOLE = 10_000
"""All the parts of a contract, in basis points."""

MOST_MONTHS = 600
"""Fifty years: beyond, a month was mistyped."""

_LONGEST_BUYER, _LONGEST_NUMBER = 60, 45


def ends_on(start: date, months: int) -> date:
    """The last day of a duration counted from a day: twelve months from 15 March end on 14 March."""
    target = Month.of(start) + months
    last = monthrange(target.year, target.month)[1]
    return date(target.year, target.month, min(start.day, last)) - timedelta(1)


def reference_of(buyer_name: str, number: str) -> str:
    """What a contract is called in addresses: « ville-de-saint-aubrin-2024e025 »; services make it unique."""
    buyer = slug(buyer_name)[:_LONGEST_BUYER].strip("-") or "acheteur"
    return f"{buyer}-{slug(number)[:_LONGEST_NUMBER].strip('-') or 'marche'}"


def reporting_by_default(contract: NewContract) -> ReportingFacts:
    """From the month of the start to that of the end, when the contract carries insertion and its end is known."""
    start = contract.starts_on or contract.notified_on
    if not contract.is_social or contract.duration_months is None:
        return ReportingFacts(first_month=None, last_month=None)
    return ReportingFacts(first_month=Month.of(start), last_month=Month.of(ends_on(start, contract.duration_months)))


def ensure_contract_coherent(contract: NewContract) -> None:
    """Raises RuleViolation on the field at fault."""
    if not contract.number:
        raise RuleViolation("Indiquez le numéro que vous donnez à ce marché.", "number")
    if contract.starts_on is not None and contract.starts_on < contract.notified_on:
        raise RuleViolation("Le marché ne peut pas commencer avant sa notification.", "starts_on")
    ensure_held(contract.titulaires, contract.groupement)


def ensure_held(titulaires: tuple[HeldBy, ...], groupement: DecpGroupement | None) -> None:
    """One titulaire, or a groupement of several with one mandataire among them (R2142-24)."""
    if not titulaires:
        raise RuleViolation("Indiquez le titulaire du marché.", "titulaire")
    if len({held.organisation_id for held in titulaires}) < len(titulaires):
        raise RuleViolation("Une organisation ne peut pas être deux fois titulaire du même marché.", "titulaire")
    if len(titulaires) == 1:
        return
    if groupement in {None, DecpGroupement.NONE}:
        raise RuleViolation("Plusieurs titulaires forment un groupement : indiquez sa forme.", "groupement", "R2142-20")
    if sum(held.is_mandataire for held in titulaires) != 1:
        raise RuleViolation("Un groupement désigne un mandataire, et un seul (R2142-24).", "titulaire", "R2142-24")
    _ensure_parts_whole([held.part for held in titulaires], groupement)


def _ensure_parts_whole(parts: list[int | None], groupement: DecpGroupement | None) -> None:
    """The parts of a groupement conjoint make the whole; those of a solidaire may be left out (domain.md § 0 bis)."""
    if all(part is None for part in parts):
        return
    if groupement is DecpGroupement.CONJOINT and sum(part or 0 for part in parts) != WHOLE:
        raise RuleViolation("Les parts d’un groupement conjoint font 100 % au total (R2142-20).", "part", "R2142-20")


def ensure_commitment(facts: CommitmentFacts) -> None:
    """A quantity that its kind can have; an action is named."""
    if facts.quantity < 0:
        raise RuleViolation("Une quantité promise ne peut pas être négative.", facts.kind.value)
    if facts.kind is CommitmentKind.LABOUR_SHARE and facts.quantity > 100:
        raise RuleViolation("Une part des heures de main-d’œuvre ne dépasse pas 100 %.", facts.kind.value)
    if facts.kind is CommitmentKind.ACTIONS and facts.quantity != facts.quantity.to_integral_value():
        raise RuleViolation("Les actions se comptent une par une.", facts.kind.value)
    if (facts.kind is CommitmentKind.ACTIONS) != (facts.action is not None):
        raise RuleViolation("Dites de quelle action il s’agit.", facts.kind.value)


def ensure_hours_within(promised: Decimal, hours: list[Decimal | None]) -> None:
    """What members promise does not exceed what the contract does."""
    if sum((held or Decimal(0) for held in hours), Decimal(0)) > promised:
        raise RuleViolation("Les heures des membres dépassent celles que le marché promet.", "fixed_hours")


def ensure_reporting_coherent(facts: ReportingFacts, notified_on: date) -> None:
    """Raises RuleViolation on the field at fault."""
    first, last = facts.first_month, facts.last_month
    if (first is None) != (last is None):
        missing = "first_month" if first is None else "last_month"
        raise RuleViolation("Indiquez le premier et le dernier mois, ou aucun des deux.", missing)
    if first is None or last is None:
        if facts.suspended:
            raise RuleViolation("Aucun mois n’est à déclarer : il n’y en a pas à suspendre.", "suspended")
        return
    _ensure_months_ordered(first, last, Month.of(notified_on))
    outside = [month for month in facts.suspended if not first <= month <= last]
    if outside:
        raise RuleViolation(
            typo(f"{outside[0].label} n’est pas entre le premier et le dernier mois à déclarer."), "suspended"
        )


def _ensure_months_ordered(first: Month, last: Month, notified: Month) -> None:
    if first < notified:
        raise RuleViolation(
            typo(f"Le marché a été notifié en {notified.label} : on ne déclare pas avant."), "first_month"
        )
    if last < first:
        raise RuleViolation("Le dernier mois vient avant le premier.", "last_month")
    if last > first + MOST_MONTHS:
        raise RuleViolation("Cela ferait plus de cinquante ans : vérifiez l’année.", "last_month")
