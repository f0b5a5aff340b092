"""The contracts that the awards made: who holds them, what they promise, what they declare, who follows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random

from portal.contracts.rules import ends_on
from portal.demo.world.draws import chosen, shares
from portal.demo.world.holders import all_holders, is_of_the_ess
from portal.demo.world.lots import rounded_euros
from portal.demo.world.organisations import Body
from portal.demo.world.past import Bought, all_bought
from portal.kernel.month import Month
from portal.vocabulary import (
    ActionKind,
    CommitmentKind,
    GroupementForm,
    Lever,
)

DECLARED_SINCE = Month(2022, 1)


@dataclass(frozen=True)
class Holder:
    """A titulaire: its share of the amount in basis points, and of the hours promised."""

    body: Body
    part: int
    hours: Decimal | None

    @cached_property
    def is_structure(self) -> bool:
        return is_of_the_ess(self.body)


@dataclass(frozen=True)
class Contract:
    """One contract of the Métropole, or of another buyer that was just awarded."""

    bought: Bought
    holders: tuple[Holder, ...]
    """The mandataire first."""
    form: GroupementForm | None
    promised: Decimal
    """Fixed hours; zero when it promises otherwise, or nothing."""
    other_promise: tuple[CommitmentKind, Decimal, ActionKind | None] | None
    follower: str | None
    suspended: tuple[Month, ...]
    training_cap_percent: int | None

    @cached_property
    def ends_on(self) -> date:
        return ends_on(self.bought.starts_on, self.bought.months)

    @property
    def amount(self) -> Decimal:
        """As awarded: structures were given more to do than the lot first estimated."""
        estimate = self.bought.lot.facts.amount_high or Decimal(0)
        return rounded_euros(estimate * Decimal("1.2")) if self.holders[0].is_structure else estimate

    @cached_property
    def declares(self) -> bool:
        """Whether months are to be declared: it carries insertion, and did not end before declarations began."""
        carries = self.bought.lever in {Lever.RESERVED, Lever.CLAUSE, Lever.INSERTION_SERVICE}
        return carries and Month.of(self.ends_on) >= DECLARED_SINCE

    @cached_property
    def months(self) -> tuple[Month, Month] | None:
        """The first and the last month to declare."""
        return (max(Month.of(self.bought.starts_on), DECLARED_SINCE), Month.of(self.ends_on)) if self.declares else None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(holder.body.key for holder in self.holders)


def all_contracts() -> list[Contract]:
    """In the order of notification."""
    bought = all_bought()
    return [
        _contract(Random(f"amont: contract {each.key}"), each, bodies)
        for each, bodies in zip(bought, all_holders(bought), strict=True)
    ]


_FOLLOWERS = {"plie": 68, "metropole": 16, "mission-clauses": 16}
_REASONED_CAPS = {None: 85, 20: 10, 30: 5}


def _contract(random: Random, bought: Bought, bodies: Sequence[Body]) -> Contract:
    carries = bought.lever in {Lever.RESERVED, Lever.CLAUSE, Lever.INSERTION_SERVICE}
    promised = _promised(random, bought) if carries else Decimal(0)
    other = None
    if carries and bought.lever is Lever.CLAUSE and not bought.holders:
        other = _other_promise(random, bought)
        if other and other[0] is not CommitmentKind.ACTIONS:
            promised = Decimal(0)
    contract = Contract(
        bought=bought,
        holders=tuple(_shared(random, bodies, promised)),
        form=_form(random, bought, len(bodies)),
        promised=promised,
        other_promise=other,
        follower=_follower(random, bought) if carries else None,
        suspended=(),
        training_cap_percent=None if bought.holders else chosen(random, _REASONED_CAPS),
    )
    return replace(contract, suspended=tuple(_suspended(random, contract)))


def _promised(random: Random, bought: Bought) -> Decimal:
    if bought.holders:
        return bought.hours
    step = 50 if bought.hours < 5_000 else 100
    return Decimal(max(1, round(float(bought.hours) * random.uniform(0.94, 1.12) / step)) * step)


def _other_promise(random: Random, bought: Bought) -> tuple[CommitmentKind, Decimal, ActionKind | None] | None:
    drawn = random.random()
    if drawn < 0.08:
        return CommitmentKind.LABOUR_SHARE, Decimal(random.choice((5, 7, 10))), None
    if drawn < 0.13:
        return CommitmentKind.HOURS_PER_K, Decimal(random.choice(("2.5", "3", "4"))), None
    if drawn < 0.2:
        return CommitmentKind.ACTIONS, Decimal(random.randint(2, 8)), random.choice(list(ActionKind))
    return None


def _shared(random: Random, bodies: Sequence[Body], promised: Decimal) -> Iterator[Holder]:
    """Parts that make the whole, the mandataire's the largest; hours that make the promise."""
    weights = {rank: (1.6 if rank == 0 else 1) * random.uniform(0.8, 1.2) for rank in range(len(bodies))}
    parts = shares(20, weights)
    left = promised
    for rank, body in enumerate(bodies):
        last = rank == len(bodies) - 1
        hours = left if last else (promised * parts[rank] / 20).quantize(Decimal(1))
        left -= hours
        yield Holder(body, parts[rank] * 500, hours if promised else None)


def _form(random: Random, bought: Bought, members: int) -> GroupementForm | None:
    if members < 2:
        return None
    solidaire = GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE
    return solidaire if bought.holders else random.choice((GroupementForm.CONJOINT, solidaire, solidaire))


def _follower(random: Random, bought: Bought) -> str | None:
    drawn = chosen(random, _FOLLOWERS)
    return "plie" if bought.holders else drawn


def _suspended(random: Random, contract: Contract) -> Iterator[Month]:
    """Works that stop in August, or a site closed for some months."""
    if contract.months is None or contract.bought.holders:
        return
    first, last = contract.months
    drawn = random.random()
    if drawn < 0.05:
        yield from (Month(year, 8) for year in range(first.year, last.year + 1) if first < Month(year, 8) < last)
    elif drawn < 0.08 and first + 7 < last:
        yield from (first + 5, first + 6)
