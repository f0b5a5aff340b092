"""The contracts that the awards made: who holds them, what they promise, what they declare, who follows them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random
from types import MappingProxyType

from portal.contracts.rules import ends_on
from portal.demo.world.draws import chosen, shares
from portal.demo.world.lots import rounded_euros
from portal.demo.world.organisations import Body, all_organisations
from portal.demo.world.past import Bought, all_bought
from portal.directory.rules import ess_family_of, is_eligible
from portal.kernel.month import Month
from portal.vocabulary import (
    ActionKind,
    CommitmentKind,
    EssFamily,
    GroupementForm,
    Lever,
    OrganisationKind,
    Reservation,
    Trade,
)

STRUCTURES_IN_2024 = 100
"""Distinct structures of the social economy that held a contract in force in that year."""
DECLARED_SINCE = Month(2022, 1)

_KEPT_APART = frozenset({"ateliers-pont-de-pierre", "morvaudel"})
"""They hold what past.toml tells, nothing else."""


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

    def runs_in(self, year: int) -> bool:
        return self.bought.notified_on.year <= year <= self.ends_on.year

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(holder.body.key for holder in self.holders)


def is_of_the_ess(body: Body) -> bool:
    return body.kinds[0][0].is_structure


def all_contracts() -> list[Contract]:
    """In the order of notification."""
    bought = all_bought()
    bench = _Bench()
    held = [_holders(Random(f"amont: holders {each.key}"), bench, each) for each in bought]
    _count_exactly(bench, bought, held)
    return [
        _contract(Random(f"amont: contract {each.key}"), each, bodies)
        for each, bodies in zip(bought, held, strict=True)
    ]


class _Bench:
    """Who could hold a contract."""

    def __init__(self) -> None:
        bodies = all_organisations()
        drawn = [body for body in bodies if body.key not in _KEPT_APART]
        self.by_key = {body.key: body for body in bodies}
        self._structures = [body for body in drawn if is_of_the_ess(body) and _family(body)]
        self._companies = [body for body in drawn if body.is_a(OrganisationKind.COMPANY)]
        self._used: Counter[str] = Counter()

    def structures(self, bought: Bought) -> list[Body]:
        """Of the social economy, already listed, and who may answer as of right: those of the trade, or else any."""
        practising = [body for body in self._structures if _practises(body, bought)]
        return [body for body in practising if _may_answer(body, bought)] or [
            body for body in self._structures if _may_answer(body, bought)
        ]

    def companies(self, bought: Bought) -> list[Body]:
        """Those of the trade; any, for a trade that none practises."""
        listed = [body for body in self._companies if body.listed_on < bought.since]
        return [body for body in listed if _practises(body, bought)] or listed

    def drawn(self, random: Random, candidates: Sequence[Body]) -> Body:
        """Those who hold a contract win the next one more often."""
        body = random.choices(candidates, [1 + 2 * min(self._used[each.key], 3) for each in candidates])[0]
        self._used[body.key] += 1
        return body


_NEIGHBOURS: Mapping[Trade, tuple[Trade, ...]] = MappingProxyType(
    {
        Trade.DIGITAL: (Trade.ADMINISTRATIVE, Trade.COMMUNICATION),
        Trade.CATERING: (Trade.FOOD,),
        Trade.RECYCLING: (Trade.REPAIR, Trade.WASTE, Trade.LOGISTICS),
        Trade.LAUNDRY: (Trade.CLEANING,),
        Trade.CONSULTING: (Trade.DIGITAL,),
        Trade.LOGISTICS: (Trade.RECYCLING,),
    }
)


def _practises(body: Body, bought: Bought) -> bool:
    wanted = bought.lot.facts.trade
    return any(trade is wanted or trade in _NEIGHBOURS.get(wanted, ()) for trade, _ in body.offers)


def _family(body: Body) -> EssFamily | None:
    return body.family or ess_family_of(body.legal_category)


def _may_answer(body: Body, bought: Bought) -> bool:
    if body.listed_on >= bought.since:
        return False
    day = bought.notified_on
    kinds = frozenset(kind for kind, since in body.kinds if since is None or since <= day)
    return bool(kinds) and is_eligible(kinds, _family(body), bought.reservation or Reservation.NONE)


_SIZES_RESERVED = {1: 46, 2: 31, 3: 14, 4: 5, 5: 3, 6: 1}
_WITH_STRUCTURES = 0.2
"""The share of other lots with a clause that a company holds together with a structure, or a structure alone."""


def _holders(random: Random, bench: _Bench, bought: Bought) -> list[Body]:
    """The mandataire first."""
    if bought.holders:
        return _told(random, bench, bought)
    structures, companies = bench.structures(bought), bench.companies(bought)
    if bought.lever in {Lever.RESERVED, Lever.INSERTION_SERVICE}:
        return _distinct(random, bench, structures, chosen(random, _SIZES_RESERVED))
    drawn = random.random()
    if bought.lever is Lever.CLAUSE and drawn < _WITH_STRUCTURES and structures:
        alone = drawn < _WITH_STRUCTURES / 4
        return [*([] if alone else [bench.drawn(random, companies)]), bench.drawn(random, structures)]
    return _distinct(random, bench, companies, 2 if drawn > 0.93 else 1)


def _told(random: Random, bench: _Bench, bought: Bought) -> list[Body]:
    found: list[Body] = []
    for name in bought.holders:
        others = [body for body in bench.structures(bought) if body not in found]
        found.append(bench.drawn(random, others) if name.startswith("@") else bench.by_key[name])
    return found


def _distinct(random: Random, bench: _Bench, candidates: Sequence[Body], wanted: int) -> list[Body]:
    found: list[Body] = []
    while len(found) < min(wanted, len(candidates)):
        found.append(bench.drawn(random, [body for body in candidates if body not in found]))
    return found


def _count_exactly(bench: _Bench, bought: Sequence[Bought], held: Sequence[list[Body]]) -> None:
    """Replace some structures by others until those of 2024 are as many as told."""
    in_force = [
        (each, bodies)
        for each, bodies in zip(bought, held, strict=True)
        if each.notified_on.year <= 2024 <= ends_on(each.starts_on, each.months).year
    ]
    Random("amont: structures of 2024").shuffle(in_force)
    while (count := len(counts := _structures_of(in_force))) != STRUCTURES_IN_2024:
        if not any(_replaced(bench, each, bodies, counts, count > STRUCTURES_IN_2024) for each, bodies in in_force):
            raise AssertionError(f"{count} structures in 2024, and no other to put in their place")


def _structures_of(in_force: Iterable[tuple[Bought, list[Body]]]) -> Counter[str]:
    return Counter(body.key for _, bodies in in_force for body in bodies if is_of_the_ess(body))


def _replaced(bench: _Bench, bought: Bought, held: list[Body], counts: Counter[str], too_many: bool) -> bool:
    """One structure fewer, or one more, by a change of holder on this contract; False when none can be made."""
    if bought.holders:
        return False
    for place, body in enumerate(held):
        if not is_of_the_ess(body) or (counts[body.key] == 1) is not too_many:
            continue
        for other in bench.structures(bought):
            if other not in held and bool(counts[other.key]) is too_many:
                held[place] = other
                return True
    return False


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
