"""What a contract or an old project tells of the need that repeats it. No database, no clock."""

from datetime import timedelta
from decimal import Decimal

from portal.contracts.models import Contract
from portal.forecast import renewals
from portal.forecast.models import Lot, Project
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.kernel.period import PlannedPeriod
from portal.requests.facts import RequestFacts
from portal.vocabulary import Lever, LeverState, PlannedPrecision, ProjectState

REPEATABLE = frozenset({ProjectState.AWARDED, ProjectState.DROPPED})
"""Others still run: they are changed, not repeated."""

_LONGEST_TITLE = 200


def ensure_repeatable(state: ProjectState) -> None:
    if state not in REPEATABLE:
        raise RuleViolation(typo(f"Ce projet est « {state.label} » : il se modifie, il ne se répète pas encore."))


def facts_of_contract(contract: Contract, cpv_code: str | None) -> RequestFacts:
    """A draft to read again: what changed since is the department's to say."""
    holders = ", ".join(held.shown_name for held in contract.titulaires if held.left_on is None)
    facts = renewals.project_facts(contract, None, None)
    after = contract.ends_on + timedelta(1) if contract.ends_on else None
    return RequestFacts(
        title=facts.title,
        family=facts.family,
        trade=contract.trade or renewals.trade_of(contract.cpv_code),
        cpv_code=cpv_code,
        wanted=PlannedPeriod(after, PlannedPrecision.MONTH) if after else None,
        duration_months=contract.duration_months,
        budget=contract.amount if contract.amount and contract.amount > 0 else None,
        current_supplier=holders[:_LONGEST_TITLE] or None,
        wished_lever=_lever_of(contract),
    )


def facts_of_project(project: Project) -> RequestFacts:
    """Its first lot's facts, and the sum of the estimates; the dates are to be said anew."""
    lots = project.lots or project.all_lots
    first = lots[0]
    amounts = [amount for lot in lots if (amount := _amount(lot)) is not None]
    return RequestFacts(
        title=_shortened(f"Renouvellement : {project.title}"),
        need=project.summary,
        family=project.family,
        trade=first.trade,
        cpv_code=first.cpv_code,
        duration_months=first.duration_months,
        whole_territory=any(lot.whole_territory for lot in lots),
        commune_codes=tuple(sorted({code for lot in lots for code in lot.commune_codes})),
        budget=sum(amounts[1:], amounts[0]) if len(amounts) == len(lots) else None,
        price_weight_percent=first.price_weight_percent,
        current_supplier=_lots_words(len(lots)),
        wished_lever=next((held.lever for held in first.levers if held.state is not LeverState.DISCARDED), None),
    )


def _lots_words(count: int) -> str | None:
    return f"Ancien projet en {plural(count, 'lot')}" if count > 1 else None


def _amount(lot: Lot) -> Decimal | None:
    return lot.amount_high if lot.amount_high is not None else lot.amount_low


def _shortened(title: str) -> str:
    title = typo(title)
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"


def _lever_of(contract: Contract) -> Lever | None:
    """The strongest that the contract carries, wished again until somebody says otherwise."""
    held = (
        (contract.is_reserved, Lever.RESERVED),
        (contract.has_social_clause, Lever.CLAUSE),
        (contract.has_social_criterion, Lever.CRITERION),
    )
    return next((lever for has, lever in held if has), None)
