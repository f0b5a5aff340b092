"""What the Métropole needed before: needs that come back, needs told by past.toml, works."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from portal.demo.world.lots import Planning, drawn_facts, rounded_euros
from portal.demo.world.purchases import Project
from portal.demo.world.texts import words
from portal.forecast.facts import LotFacts
from portal.kernel.month import Month
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Confidence, PlannedPrecision, ProjectState, Trade

_WIDER = Decimal("4.4")
"""Contracts in force cover more sites than the lots that replace them: these are cut to what structures hold."""
_LARGEST = Decimal(2_600_000)
"""Euros of the largest lot so widened."""
_SINCE = date(2015, 6, 1)
"""No contract of the programme starts earlier."""


@dataclass(frozen=True)
class Need:
    """One consultation of the past, before its levers are dealt."""

    title: str
    summary: str
    cpv: str
    lots: tuple[LotFacts, ...]
    starts_on: date
    months: int
    number: str | None = None
    """When it is told."""
    told: Mapping[str, Any] | None = None

    @property
    def rank(self) -> tuple[date, str]:
        return self.starts_on, self.title


def all_needs(forecast: Sequence[Project]) -> list[Need]:
    """In the order in which their contracts started. Each is drawn on its own: changing one leaves the others."""
    return sorted([*_returning(forecast), *_told(), *_works()], key=lambda need: need.rank)


def _returning(forecast: Sequence[Project]) -> Iterator[Need]:
    """Back from the contract that the forecast replaces, generation by generation."""
    for project in forecast:
        random = Random(f"amont: needed before {project.title}")
        facts = project.lots[0].facts
        if project.buyer != "metropole" or not facts.replaced_contract or facts.replaced_ends_on is None:
            continue
        if project.state is ProjectState.AWARDED:
            continue
        number: str | None = facts.replaced_contract.removeprefix("Marché ")
        next_on, lots = facts.replaced_ends_on + timedelta(days=1), tuple(lot.facts for lot in project.lots)
        for generation in range(random.choice((1, 2, 2, 3))):
            lasted = _lasted(next_on, number) if number else random.choice((36, 48, 48))
            next_on = (Month.of(next_on) + -lasted).first_day
            if next_on < _SINCE:
                break
            lots = tuple(_earlier(random, lot, _WIDER if generation == 0 else Decimal(1)) for lot in lots)
            summary = project.summary if generation == 0 else project.summary.partition(".")[0] + "."
            yield Need(project.title, summary, str(facts.cpv_code), lots, next_on, lasted, number)
            number = None


def _lasted(next_on: date, number: str) -> int:
    """36 or 48 months, as the year of its number tells."""
    return next(months for months in (36, 48) if (Month.of(next_on) + (-months - 1)).year == int(number[:4]))


def _earlier(random: Random, lot: LotFacts, wider: Decimal) -> LotFacts:
    """The same lot some years before, a little smaller."""
    low, high = lot.amount_low or Decimal(0), lot.amount_high or Decimal(0)
    factor = wider * random.randint(82, 98) / 100
    factor = min(factor, max(_LARGEST / high, Decimal(1))) if high else factor
    return replace(lot, amount_low=rounded_euros(low * factor), amount_high=rounded_euros(high * factor), levers=())


def _told() -> Iterator[Need]:
    for facts in words("past")["needs"]:
        yield _drawn(Random(f"amont: need {facts['title']}"), facts, facts["starts"], facts["months"], told=facts)


_WORKS_A_YEAR: Mapping[int, int] = MappingProxyType({year: 2 if year < 2019 else 4 for year in range(2015, 2027)})


def _works() -> Iterator[Need]:
    """Sites, each once: a building, a place, some trades."""
    told = words("past")["works"]
    streets = words("names")["places"]
    deck = iter(Random("amont: sites").sample([f"{what} {place}" for what in told["what"] for place in streets], 200))
    for year, sites in _WORKS_A_YEAR.items():
        random = Random(f"amont: sites of {year}")
        for _ in range(sites):
            lots = random.sample(told["lots"], random.choice((1, 2, 2, 3)))
            facts = {
                "title": next(deck),
                "cpv": told["cpv"],
                "euros": told["euros"],
                "need": random.choice(told["needs"]),
            }
            starts = date(year, random.randint(6 if year == _SINCE.year else 1, 10), 1)
            yield _drawn(
                random,
                facts | {"by": "metropole", "trade": "building", "lots": lots},
                starts,
                random.choice((8, 10, 12, 14, 18, 24)),
            )


def _drawn(
    random: Random, facts: Mapping[str, Any], starts_on: date, months: int, told: Mapping[str, Any] | None = None
) -> Need:
    facts = {"by": "metropole", **facts}
    period = PlannedPeriod(starts_on, PlannedPrecision.MONTH)
    planning = Planning(period, Confidence.FIRM, period, months, 0, None, takes_over=False, replaced=None)
    lots = []
    for label in facts["lots"]:
        title, _, other = label.partition("@")
        lots.append(drawn_facts(random, Trade(other or facts["trade"]), facts, planning, title=title))
    return Need(facts["title"], facts["need"], facts["cpv"], tuple(lots), starts_on, months, facts.get("number"), told)
