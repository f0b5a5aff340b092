"""What the Métropole paid each titulaire, quarter after quarter, since 2022."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType

from portal.demo.world.contracts import DECLARED_SINCE, Contract, Holder
from portal.demo.world.days import weekday
from portal.demo.world.purchases import ANCHOR
from portal.kernel.period import Quarter

PAID_TO_STRUCTURES: Mapping[int, Decimal] = MappingProxyType(
    {
        2022: Decimal("13904211.07"),
        2023: Decimal("15688340.90"),
        2024: Decimal("17412386.52"),
        2025: Decimal("18930775.14"),
        2026: Decimal("18207662.83"),
    }
)
"""Euros before tax, to structures of the social economy; to November in 2026."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment, in euros before tax, with its number in the buyer's accounts."""

    contract: Contract
    holder: Holder
    paid_on: date
    amount: Decimal
    number: str


def all_payments(contracts: Sequence[Contract]) -> list[Payment]:
    """In the order of time. Those of structures are brought to the year's total; the last one takes what is left."""
    random = Random("amont: payments")
    drawn = [payment for contract in contracts for payment in _payments(random, contract)]
    drawn.sort(key=lambda payment: (payment.paid_on, payment.contract.bought.number, payment.holder.body.key))
    for year, total in PAID_TO_STRUCTURES.items():
        _bring(
            drawn, [i for i, each in enumerate(drawn) if each.holder.is_structure and each.paid_on.year == year], total
        )
    return [replace(payment, number=f"MD-{payment.paid_on.year}-{rank:06}") for rank, payment in enumerate(drawn, 1)]


def _bring(drawn: list[Payment], told: Sequence[int], total: Decimal) -> None:
    factor = total / sum(drawn[i].amount for i in told)
    left = total
    for i in told:
        amount = left if i == told[-1] else (drawn[i].amount * factor).quantize(Decimal("0.01"))
        drawn[i] = replace(drawn[i], amount=amount)
        left -= amount


def _payments(random: Random, contract: Contract) -> Iterator[Payment]:
    """The quarter's work, paid some weeks after its end."""
    if contract.bought.project.buyer != "metropole":
        return
    first = max(Quarter.of(contract.bought.starts_on), Quarter.of(DECLARED_SINCE.first_day) + -1)
    quarter, last = first, Quarter.of(contract.ends_on)
    quarters = max(1, round(contract.bought.months / 3))
    while quarter <= last:
        paid_on = weekday(quarter.last_day + timedelta(days=random.randint(24, 52)))
        for holder in contract.holders:
            share = contract.amount * holder.part / 10_000 / quarters * random.randint(86, 116) / 100
            if paid_on < ANCHOR.date() and paid_on >= DECLARED_SINCE.first_day:
                yield Payment(contract, holder, paid_on, share.quantize(Decimal("0.01")), "")
        quarter = quarter + 1
