"""The facts of a lot, each plausible for its trade and coherent with the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from portal.demo.world import places
from portal.demo.world.days import weekday
from portal.demo.world.draws import chosen
from portal.demo.world.texts import words
from portal.directory.rules import purchase_family_of
from portal.forecast.facts import LotFacts
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.kernel.period import PlannedPeriod, Quarter
from portal.vocabulary import (
    AmountBand,
    Confidence,
    ExecutionMode,
    PlannedPrecision,
    PurchaseFamily,
    Technique,
    Trade,
)

_CONFIDENCE_BY_DISTANCE = ((78, 20, 2), (52, 40, 8), (28, 52, 20), (16, 52, 32), (6, 44, 50))
_EVERYWHERE = 0.22
_OLD_NEEDS = 0.45


@dataclass(frozen=True)
class Lot:
    """A lot and its number; 0 is the whole of a project whose allotment is not defined."""

    number: int
    facts: LotFacts


@dataclass(frozen=True)
class Planning:
    """What the lots of one project share."""

    planned: PlannedPeriod
    confidence: Confidence
    execution: PlannedPeriod
    duration_months: int
    renewals: int
    renewal_months: int | None
    takes_over: bool
    """Whether people come with the contract."""
    replaced: tuple[str, date] | None

    @property
    def years(self) -> float:
        """How long it may last, renewals included."""
        return (self.duration_months + self.renewals * (self.renewal_months or 0)) / 12

    @classmethod
    def drawn(cls, random: Random, quarter: Quarter, facts: Mapping[str, Any], *, firm: bool) -> "Planning":
        planned = _planned(random, quarter, told="planned" in facts)
        starts = Quarter.of(planned.ends_on + timedelta(days=random.choice((90, 120, 150))))
        precise = random.random() < 0.4
        execution = PlannedPeriod(starts.first_day, PlannedPrecision.MONTH if precise else PlannedPrecision.QUARTER)
        duration, renewals, renewal_months = _duration(random, facts["cpv"])
        renewed = purchase_family_of(facts["cpv"]) is not PurchaseFamily.WORKS and random.random() < 0.55
        lasted, number = random.choice((36, 48, 48)), random.randint(7, 188)
        return cls(
            planned=planned,
            confidence=_confidence(random, quarter, facts, firm=firm),
            execution=execution,
            duration_months=duration,
            renewals=renewals,
            renewal_months=renewal_months,
            takes_over=renewed,
            replaced=_replaced(execution.starts_on, lasted, number) if renewed or _is_old_need(facts) else None,
        )


def _replaced(next_on: date, lasted: int, number: int) -> tuple[str, date]:
    """The contract that ends when the next one starts: its number tells the year of its notification."""
    return f"Marché {(Month.of(next_on) + (-lasted - 1)).year}-{number:03}", next_on - timedelta(days=1)


def _is_old_need(facts: Mapping[str, Any]) -> bool:
    """Most of what the Métropole buys, it has bought before."""
    services = purchase_family_of(facts["cpv"]) is not PurchaseFamily.WORKS
    bought = Random(f"amont: old need {facts['title']}").random() < _OLD_NEEDS
    return services and facts.get("by") == "metropole" and bought


def _planned(random: Random, quarter: Quarter, *, told: bool) -> PlannedPeriod:
    distance = _distance(quarter)
    if told:
        return PlannedPeriod(quarter.first_day, PlannedPrecision.QUARTER)
    if distance < 2 and random.random() < 0.12:
        day = quarter.first_day + timedelta(days=random.randint(5, 80))
        return PlannedPeriod(weekday(day), PlannedPrecision.DAY)
    if random.random() < 0.45 - distance * 0.06:
        month = quarter.first_day + timedelta(days=31 * random.randint(0, 2))
        return PlannedPeriod(month, PlannedPrecision.MONTH)
    if quarter == Quarter(2028, 1) and random.random() < 0.3:
        return PlannedPeriod(quarter.first_day, PlannedPrecision.YEAR)
    return PlannedPeriod(quarter.first_day, PlannedPrecision.QUARTER)


def _distance(quarter: Quarter) -> int:
    return (quarter.year - 2027) * 4 + quarter.number - 1


def _confidence(random: Random, quarter: Quarter, facts: Mapping[str, Any], *, firm: bool) -> Confidence:
    if firm or "confidence" in facts:
        return Confidence(facts.get("confidence", Confidence.FIRM))
    weights = _CONFIDENCE_BY_DISTANCE[min(max(_distance(quarter), 0), 4)]
    return chosen(random, dict(zip(Confidence, weights, strict=True)))


def _duration(random: Random, cpv: str) -> tuple[int, int, int | None]:
    """Months, then renewals and their months; social services, which may be reserved to the ESS, stay within 36."""
    if purchase_family_of(cpv) is PurchaseFamily.WORKS:
        return random.choice((6, 8, 10, 12, 14, 18, 24)), 0, None
    if cpv.startswith(("80", "85")):
        return random.choice(((12, 2, 12), (24, 1, 12), (36, 0, None)))
    return random.choice(((12, 3, 12), (24, 2, 12), (24, 1, 24), (36, 1, 12), (48, 0, None)))


def drawn_facts(
    random: Random, trade: Trade, facts: Mapping[str, Any], planning: Planning, *, title: str | None
) -> LotFacts:
    """The facts of a lot but its lever, and the hours that follow from it: see `levers.with_lever`."""
    low, high = _amounts(random, *facts["euros"])
    framework = purchase_family_of(facts["cpv"]) is not PurchaseFamily.WORKS or "Entretien" in facts["title"]
    communes, everywhere = _where(random, facts, title or "")
    price = random.choice((35, 40, 40, 40, 45, 50, 50, 55, 60, 65))
    staff = _staff(random, trade, planning, high)
    return LotFacts(
        trade=trade,
        planned=planning.planned,
        confidence=planning.confidence,
        title=title,
        description=_description(random, trade),
        cpv_code=facts["cpv"],
        execution=planning.execution,
        duration_months=planning.duration_months,
        renewals=planning.renewals,
        renewal_months=planning.renewal_months,
        amount_low=low,
        amount_high=high,
        amount_band=AmountBand.of(int(high * 100)),
        framework_minimum=rounded_euros(low / 2) if framework else None,
        framework_maximum=rounded_euros(high * 6 / 5) if framework else None,
        whole_territory=everywhere,
        commune_codes=communes,
        technique=Technique.FRAMEWORK if framework else Technique.NONE,
        execution_mode=ExecutionMode.PURCHASE_ORDERS if framework else ExecutionMode.NONE,
        advance_percent=random.choice((5, 10, 20, 30, 30)) if high >= 50_000 else None,
        payment_rhythm=random.choice(_PAYMENTS),
        staff_to_take_over=staff,
        staff_note=_staff_note(staff),
        visit=random.choice(_VISITS),
        price_weight_percent=price,
        other_criteria=_other_criteria(random, price),
        replaced_contract=planning.replaced and planning.replaced[0],
        replaced_ends_on=planning.replaced and planning.replaced[1],
        alone_and_grouped_allowed=random.choice((None, True, False)),
        several_groupements_allowed=random.choice((None, True, True, False)),
        essential_tasks=facts.get("essential", {}).get(title),
    )


def _description(random: Random, trade: Trade) -> str:
    told: str = random.choice(words("descriptions")[trade])
    return told.format(n=random.randint(5, 40), m=random.randint(2, 6))


_PAYMENTS = (
    "mensuel, à 30 jours",
    "mensuel, à 30 jours",
    "à chaque bon de commande, à 30 jours",
    "acomptes mensuels, solde à la réception",
    "trimestriel, à terme échu, à 30 jours",
)
_VISITS = (
    "Obligatoire, trois dates communiquées à l’ouverture",
    "Obligatoire, sur rendez-vous",
    "Facultative, sur rendez-vous",
    "Facultative, une matinée commune",
    None,
    None,
)
_QUALITIES = ("organisation", "qualité technique", "parcours d’insertion", "environnement", "délais")


def _amounts(random: Random, smallest: int, largest: int) -> tuple[Decimal, Decimal]:
    middle = Decimal(round(smallest * (largest / smallest) ** random.random()))
    return rounded_euros(middle * 85 / 100), rounded_euros(middle * 115 / 100)


def rounded_euros(euros: Decimal) -> Decimal:
    """As an estimate is written: no digit that would be false precision."""
    step = 1_000 if euros < 100_000 else 5_000 if euros < 500_000 else 10_000
    return Decimal(max(1, round(euros / step)) * step)


_TOWN_OF_BUYER: Mapping[str, tuple[places.Town, ...]] = MappingProxyType(
    {
        "belleroche": (places.BELLEROCHE,),
        "combeaux": (places.COMBEAUX,),
        "ccas": (places.SAINT_AUBRIN,),
    }
)


def _where(random: Random, facts: Mapping[str, Any], title: str) -> tuple[tuple[str, ...], bool]:
    """The communes, or the whole territory."""
    towns = places.towns_of(f"{facts['title']} {title}") or _TOWN_OF_BUYER.get(facts["by"], ())
    if not towns and (random.random() < _EVERYWHERE or not title):
        return (), True
    towns = towns or tuple(random.sample(places.TOWNS[:18], random.choice((1, 2, 2, 3, 4, 5))))
    return tuple(sorted(town.code for town in towns)), False


_YEARLY_EUROS_A_PERSON = 38_000


def _staff(random: Random, trade: Trade, planning: Planning, amount: Decimal) -> int | None:
    """People whom the law makes the new supplier take over: in trades of labour, when a contract is renewed."""
    if trade not in {Trade.CLEANING, Trade.CATERING, Trade.LAUNDRY} or not planning.takes_over:
        return 0 if random.random() < 0.5 else None
    return int(amount / Decimal(planning.years) / _YEARLY_EUROS_A_PERSON)


def _staff_note(staff: int | None) -> str | None:
    return typo(f"soit {staff * 7 // 10 or 1} temps pleins ; liste jointe à la consultation") if staff else None


def _other_criteria(random: Random, price: int) -> str:
    first, second = random.sample(_QUALITIES, 2)
    share = (100 - price) // 2 // 5 * 5
    return typo(f"{first} {100 - price - share} %, {second} {share} %")
