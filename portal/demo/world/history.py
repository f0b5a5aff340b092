"""What changed in a published project, when and why: told backwards, from the lot as it now stands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from portal.demo.world.days import working_instant
from portal.demo.world.lots import Lot, rounded_euros
from portal.demo.world.texts import words
from portal.forecast.facts import LotFacts
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import AmountBand, Confidence, LeverState, PlannedPrecision

_CHANGED_SHARE = 0.55


@dataclass(frozen=True)
class Change:
    """One act on one or several lots, with its reason."""

    at: datetime
    reason: str
    earlier: tuple[tuple[int, tuple[tuple[str, Any], ...]], ...]
    """For each lot's number, the fields as they were before."""

    @property
    def lot_numbers(self) -> tuple[int, ...]:
        return tuple(number for number, _ in self.earlier)

    def undone(self, lot: Lot) -> Lot:
        """The lot before this change."""
        before: dict[str, Any] = dict(dict(self.earlier).get(lot.number, ()))
        return replace(lot, facts=replace(lot.facts, **before)) if before else lot


def drawn(random: Random, lots: Sequence[Lot], *, after: datetime, before: datetime) -> tuple[Change, ...]:
    """Up to three changes between two instants, in order of time, each of another sort."""
    if random.random() > _CHANGED_SHARE or before - after < timedelta(days=20):
        return ()
    wanted = random.choices((1, 2, 3), (55, 32, 13))[0]
    told = [found for sort in _sorts(random) if (found := _told(random, sort, lots))][:wanted]
    instants = sorted(_instant(random, after, before) for _ in told)
    return tuple(Change(at, reason, earlier) for at, (reason, earlier) in zip(instants, told, strict=True))


def _sorts(random: Random) -> list[str]:
    """Each sort once, the frequent ones sooner; a date moves one way only."""
    often = random.sample(_SORTS, len(_SORTS))
    way = "advanced" if often.index("advanced") < often.index("postponed") else "postponed"
    return [sort for sort in dict.fromkeys(often) if sort == way or sort not in {"advanced", "postponed"}]


def _instant(random: Random, after: datetime, before: datetime) -> datetime:
    return working_instant(random, after.date() + timedelta(days=random.randint(4, (before - after).days - 2)))


_Earlier = Iterator[tuple[str, Any]]
"""Fields of a lot, with what they held before."""
_Told = tuple[str, tuple[tuple[int, tuple[tuple[str, Any], ...]], ...]]


def _told(random: Random, sort: str, lots: Sequence[Lot]) -> _Told | None:
    touched = lots if sort in _WHOLE_PROJECT else random.sample(list(lots), 1)
    earlier = [(lot.number, tuple(_EARLIER[sort](random, lot.facts))) for lot in touched]
    changed = tuple((number, fields) for number, fields in earlier if fields)
    return (random.choice(words("reasons")["changes"][sort]), changed) if changed else None


def _postponed(_random: Random, lot: LotFacts) -> _Earlier:
    yield from _moved(lot, -1)


def _advanced(_random: Random, lot: LotFacts) -> _Earlier:
    yield from _moved(lot, 1)


def _moved(lot: LotFacts, quarters: int) -> _Earlier:
    if lot.planned.precision is PlannedPrecision.QUARTER:
        yield "planned", PlannedPeriod((lot.planned.quarter + quarters).first_day, PlannedPrecision.QUARTER)


def _firmer(_random: Random, lot: LotFacts) -> _Earlier:
    if lot.confidence is not Confidence.TO_CONFIRM:
        yield "confidence", Confidence.PROBABLE if lot.confidence is Confidence.FIRM else Confidence.TO_CONFIRM


def _hours(random: Random, lot: LotFacts) -> _Earlier:
    if lot.hours_wanted and lot.hours_wanted >= 300:
        factor = random.choice((70, 80, 120, 130, 150))
        yield "hours_wanted", Decimal(round(lot.hours_wanted * factor / 5_000) * 50)


def _decided(_random: Random, lot: LotFacts) -> _Earlier:
    if any(choice.is_decided for choice in lot.levers):
        yield "levers", tuple(replace(choice, state=LeverState.ENVISAGED, reason=None) for choice in lot.levers)


def _amount(random: Random, lot: LotFacts) -> _Earlier:
    factor = random.choice((60, 70, 150, 180))
    if lot.amount_low is not None and lot.amount_high is not None:
        high = rounded_euros(lot.amount_high * factor / 100)
        yield "amount_low", rounded_euros(lot.amount_low * factor / 100)
        yield "amount_high", high
        yield "amount_band", AmountBand.of(int(high * 100))


def _staff(_random: Random, lot: LotFacts) -> _Earlier:
    if lot.staff_to_take_over:
        yield "staff_to_take_over", None
        yield "staff_note", None


def _visit(_random: Random, lot: LotFacts) -> _Earlier:
    if lot.visit:
        yield "visit", None


def _price(_random: Random, lot: LotFacts) -> _Earlier:
    if lot.price_weight_percent is not None and lot.price_weight_percent <= 50:
        yield "price_weight_percent", lot.price_weight_percent + 15
        yield "other_criteria", typo(f"organisation {85 - lot.price_weight_percent} %")


_EARLIER: Mapping[str, Callable[[Random, LotFacts], _Earlier]] = MappingProxyType(
    {
        "postponed": _postponed,
        "advanced": _advanced,
        "firmer": _firmer,
        "hours": _hours,
        "decided": _decided,
        "amount": _amount,
        "staff": _staff,
        "visit": _visit,
        "price": _price,
    }
)
_SORTS = (
    *("postponed", "postponed", "postponed", "advanced", "firmer", "firmer", "decided", "decided"),
    *("hours", "hours", "amount", "staff", "visit", "price"),
)
"""How often each sort comes up."""
_WHOLE_PROJECT = frozenset({"postponed", "advanced", "firmer"})
