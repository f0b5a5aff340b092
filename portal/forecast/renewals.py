"""What a contract that comes to its end tells of the purchase that renews it. No database, no clock."""

from datetime import date, timedelta

from portal.contracts.models import Contract
from portal.directory.rules import purchase_family_of
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.month import Month
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Confidence, Lever, LeverState, PlannedPrecision, PurchaseFamily, Reservation, Trade

WINDOW_MONTHS = 24
"""How long before its end a contract is proposed for renewal."""

AHEAD_MONTHS = 9
"""How long before the end the consultation is first planned: what a groupement needs to form and to answer."""

_LONGEST_TITLE, _LONGEST_NUMBER = 200, 120


def last_day(today: date) -> date:
    """The last end that is proposed on a day."""
    return (Month.of(today) + WINDOW_MONTHS).last_day


def ensure_renewable(contract: Contract, today: date) -> None:
    if contract.ends_on is None:
        raise RuleViolation("La fin de ce marché n’est pas connue : annoncez l’achat vous-même.")
    if contract.ends_on > last_day(today):
        raise RuleViolation("Ce marché finit dans plus de deux ans : il est trop tôt pour le renouveler.")


def project_facts(contract: Contract, contact_name: str | None, contact_email: str | None) -> ProjectFacts:
    title = f"Renouvellement : {contract.object}"
    return ProjectFacts(
        title=title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…",
        family=_family(contract),
        procedure=contract.procedure,
        contact_name=contact_name,
        contact_email=contact_email,
    )


def lot_facts(contract: Contract, cpv_code: str | None, today: date) -> LotFacts:
    """The whole of the purchase, as the contract that ends tells it; `cpv_code` when the portal knows it."""
    assert contract.ends_on is not None  # noqa: S101 — `ensure_renewable` comes first
    amount = contract.amount if contract.amount and contract.amount > 0 else None
    return LotFacts(
        trade=contract.trade or trade_of(contract.cpv_code),
        planned=planned_before(contract.ends_on, today),
        confidence=Confidence.TO_CONFIRM,
        cpv_code=cpv_code,
        execution=PlannedPeriod(Month.of(contract.ends_on + timedelta(1)).first_day, PlannedPrecision.MONTH),
        duration_months=contract.duration_months,
        amount_low=amount,
        amount_high=amount,
        hours_wanted=contract.promised_hours or None,
        replaced_contract=contract.number[:_LONGEST_NUMBER],
        replaced_ends_on=contract.ends_on,
        levers=_levers(contract),
    )


def planned_before(ends_on: date, today: date) -> PlannedPeriod:
    """The quarter that stands nine months before the end, or this one when that is past."""
    wanted = (Month.of(ends_on) + -AHEAD_MONTHS).first_day
    return PlannedPeriod(max(wanted, today), PlannedPrecision.QUARTER)


def trade_of(cpv_code: str | None) -> Trade:
    """The trade that a CPV code is nearest to, for the buyer to correct; consulting when nothing tells."""
    if cpv_code is None:
        return Trade.CONSULTING
    prefixes = (cpv_code[:length] for length in (4, 3, 2))
    return next((_TRADES[prefix] for prefix in prefixes if prefix in _TRADES), Trade.CONSULTING)


_TRADES = {
    "03": Trade.FOOD,
    "15": Trade.FOOD,
    "18": Trade.FURNISHING,
    "22": Trade.COMMUNICATION,
    "30": Trade.DIGITAL,
    "32": Trade.DIGITAL,
    "33": Trade.HEALTH_SOCIAL,
    "34": Trade.REPAIR,
    "39": Trade.FURNISHING,
    "398": Trade.CLEANING,
    "44": Trade.BUILDING,
    "45": Trade.BUILDING,
    "4511": Trade.GREEN_SPACES,
    "48": Trade.DIGITAL,
    "50": Trade.REPAIR,
    "51": Trade.REPAIR,
    "55": Trade.CATERING,
    "60": Trade.LOGISTICS,
    "63": Trade.LOGISTICS,
    "64": Trade.LOGISTICS,
    "72": Trade.DIGITAL,
    "77": Trade.GREEN_SPACES,
    "79": Trade.ADMINISTRATIVE,
    "793": Trade.COMMUNICATION,
    "794": Trade.CONSULTING,
    "797": Trade.SECURITY,
    "798": Trade.COMMUNICATION,
    "80": Trade.CONSULTING,
    "85": Trade.HEALTH_SOCIAL,
    "90": Trade.WASTE,
    "906": Trade.CLEANING,
    "909": Trade.CLEANING,
    "92": Trade.CULTURE,
    "98": Trade.PERSONAL_SERVICES,
    "983": Trade.LAUNDRY,
}
"""By the first digits of the code, the longest that is listed."""


def _family(contract: Contract) -> PurchaseFamily:
    if contract.cpv_code and contract.cpv_code[:2].isdecimal():
        return purchase_family_of(contract.cpv_code)
    return PurchaseFamily.WORKS if contract.trade is Trade.BUILDING else PurchaseFamily.SERVICES


def _levers(contract: Contract) -> tuple[LeverChoice, ...]:
    """Those of the contract that ends, envisaged again: the new purchase decides for itself."""
    reservation = contract.reservation if contract.reservation is not Reservation.NONE else None
    held = (
        (contract.is_reserved, LeverChoice(Lever.RESERVED, LeverState.ENVISAGED, reservation)),
        (contract.has_social_clause, LeverChoice(Lever.CLAUSE, LeverState.ENVISAGED)),
        (contract.has_social_criterion, LeverChoice(Lever.CRITERION, LeverState.ENVISAGED)),
    )
    return tuple(choice for has, choice in held if has)
