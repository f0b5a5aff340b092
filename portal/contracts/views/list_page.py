"""One contract as a row of the list, seen by who reads it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.contracts.models import Contract
from portal.kernel.actor import Actor
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros

_NAMED = 2


@dataclass(frozen=True)
class Line:
    """Words all ready."""

    reference: str
    title: str
    number: str
    parties: str
    to_check: bool
    """Whether some identifier is to be checked."""
    when: str
    is_over: bool
    amount: str | None
    hours: str | None


def line_of(contract: Contract, actor: Actor, day: date, promised: Decimal) -> Line:
    """`promised`: the hours that it promises, whatever makes them."""
    is_over = contract.ends_on is not None and contract.ends_on < day
    return Line(
        reference=contract.reference,
        title=contract.object,
        number=contract.number,
        parties=_parties(contract, actor),
        to_check=contract.buyer_id is None or any(held.is_to_check for held in contract.titulaires),
        when=period_words(contract),
        is_over=is_over,
        amount=format_euros(contract.amount) if contract.amount is not None else None,
        hours=format_hours(promised) if promised else None,
    )


def period_words(contract: Contract) -> str:
    """« 3 décembre 2026 au 2 décembre 2028 », « depuis le 3 décembre 2026 »."""
    start = format_date(contract.notified_on)
    return f"{start} au {format_date(contract.ends_on)}" if contract.ends_on else f"notifié le {start}"


def buyer_name(contract: Contract) -> str:
    return contract.buyer.shown_name if contract.buyer else contract.buyer_name or contract.buyer_identifier


def holders(contract: Contract) -> str:
    """« Les Ateliers du Pont et 3 autres », the mandataire first."""
    live = [held for held in contract.holders if held.left_on is None] or contract.holders
    names = [held.shown_name for held in live]
    if len(names) <= _NAMED:
        return " et ".join(names) or typo("titulaire non précisé")
    return f"{names[0]} et {plural(len(names) - 1, 'autre')}"


def _parties(contract: Contract, actor: Actor) -> str:
    """Whom the reader does not know already: its holders for the buyer, the buyer for a titulaire, both for others."""
    if contract.buyer_id is not None and contract.buyer_id == actor.organisation_id:
        return holders(contract)
    if [held.organisation_id for held in contract.titulaires] == [actor.organisation_id]:
        return buyer_name(contract)
    return typo(f"{buyer_name(contract)} · {holders(contract)}")
