"""Who holds each contract: structures and companies of its trade, who could answer it on its day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from types import MappingProxyType

from portal.contracts.rules import ends_on
from portal.demo.world.draws import chosen
from portal.demo.world.organisations import Body, all_organisations
from portal.demo.world.past import Bought
from portal.directory.rules import ess_family_of, is_eligible
from portal.vocabulary import EssFamily, Lever, OrganisationKind, Reservation, Trade

STRUCTURES_IN_2024 = 100
"""Distinct structures of the social economy that held a contract in force in that year."""
_KEPT_APART = frozenset({"ateliers-pont-de-pierre", "morvaudel"})
"""They hold what past.toml tells, nothing else."""


def is_of_the_ess(body: Body) -> bool:
    return body.kinds[0][0].is_structure


def all_holders(bought: Sequence[Bought]) -> list[list[Body]]:
    """For each contract, the mandataire first; as many structures in 2024 as told."""
    bench = _Bench()
    held = [_holders(Random(f"amont: holders {each.key}"), bench, each) for each in bought]
    _count_exactly(bench, bought, held)
    return held


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
