"""Which social lever each lot carries: shares that are exact over the whole forecast, and hours that follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from types import MappingProxyType

from portal.demo.world.draws import chosen, dealt
from portal.demo.world.texts import words
from portal.forecast.facts import LeverChoice, LotFacts
from portal.vocabulary import Confidence, Lever, LeverState, Reservation, Trade

_T = Trade
_R = Reservation

_COUNTS: Mapping[Trade, tuple[int, int, int, int, int]] = MappingProxyType(
    {
        _T.CLEANING: (38, 20, 2, 0, 3),
        _T.GREEN_SPACES: (26, 21, 1, 1, 0),
        _T.BUILDING: (6, 80, 9, 0, 18),
        _T.CATERING: (18, 9, 3, 0, 5),
        _T.DIGITAL: (11, 12, 6, 0, 10),
        _T.CONSULTING: (3, 12, 9, 2, 12),
        _T.RECYCLING: (18, 9, 1, 1, 0),
        _T.LOGISTICS: (7, 6, 1, 0, 4),
        _T.LAUNDRY: (6, 3, 1, 0, 0),
    }
)
"""Reserved, clause, criterion, insertion service, under study: 394 lots, to which are added the six projects published
before their allotment. That is the whole public list: 400 lots, a third of them reserved."""

_HOURS_PER_THOUSAND_EUROS: Mapping[Trade, tuple[float, float]] = MappingProxyType(
    {
        _T.CLEANING: (25, 3.6),
        _T.GREEN_SPACES: (23, 3.2),
        _T.BUILDING: (16, 3.0),
        _T.CATERING: (17, 2.6),
        _T.DIGITAL: (14, 2.4),
        _T.CONSULTING: (14, 1.4),
        _T.RECYCLING: (22, 4.0),
        _T.LOGISTICS: (21, 3.2),
        _T.LAUNDRY: (20, 3.0),
    }
)
"""When the whole lot is reserved, then when a clause asks for a share of the work."""

_RESERVED_TO: Mapping[Trade, Mapping[Reservation, float]] = MappingProxyType(
    {
        _T.CLEANING: {_R.INSERTION: 7, _R.HANDICAP_INSERTION: 3},
        _T.GREEN_SPACES: {_R.INSERTION: 5, _R.HANDICAP_INSERTION: 3, _R.HANDICAP: 2},
        _T.BUILDING: {_R.INSERTION: 1},
        _T.CATERING: {_R.HANDICAP_INSERTION: 5, _R.INSERTION: 3, _R.HANDICAP: 2},
        _T.DIGITAL: {_R.HANDICAP: 5, _R.HANDICAP_INSERTION: 3, _R.PENITENTIAIRE: 2},
        _T.CONSULTING: {_R.HANDICAP_INSERTION: 1},
        _T.RECYCLING: {_R.INSERTION: 6, _R.HANDICAP_INSERTION: 4},
        _T.LOGISTICS: {_R.INSERTION: 5, _R.HANDICAP_INSERTION: 5},
        _T.LAUNDRY: {_R.HANDICAP: 5, _R.HANDICAP_INSERTION: 5},
    }
)
_DECIDED: Mapping[Confidence, float] = MappingProxyType(
    {Confidence.FIRM: 0.92, Confidence.PROBABLE: 0.62, Confidence.TO_CONFIRM: 0.22}
)


Decks = Mapping[Trade, Iterator[Lever | None]]
"""One deck of levers for each trade: dealt in full, then again for as long as it is asked."""

_KINDS: tuple[Lever | None, ...] = (Lever.RESERVED, Lever.CLAUSE, Lever.CRITERION, Lever.INSERTION_SERVICE, None)


def decks(random: Random, given: Mapping[tuple[Trade, Lever | None], int]) -> Decks:
    """`given`: the levers that the purchases files give to their lots by name; the first deal leaves them out."""
    return {trade: _dealt(random, trade, given) for trade in _COUNTS}


def _dealt(random: Random, trade: Trade, given: Mapping[tuple[Trade, Lever | None], int]) -> Iterator[Lever | None]:
    counts = dict(zip(_KINDS, _COUNTS[trade], strict=True))
    yield from dealt(random, {kind: count - given.get((trade, kind), 0) for kind, count in counts.items()})
    while True:
        yield from dealt(random, counts)


def with_lever(random: Random, lot: LotFacts, lever: Lever | None, *, to: Reservation | None = None) -> LotFacts:
    """The lot with its lever, its hours, and whether it was cut to what structures can carry.

    `to` says whom a reserved lot is kept for, when it is not drawn.
    """
    choices = (_weighed(random, lot, lever, to),) if lever else tuple(_discarded(random))
    hours, per_year = _hours(random, lot, lever)
    adapted, reason = _adapted(random, lever)
    return replace(
        lot,
        levers=choices,
        hours_wanted=hours,
        hours_per_year=per_year,
        adapted_allotment=adapted,
        adapted_allotment_reason=reason,
    )


def _weighed(random: Random, lot: LotFacts, lever: Lever, to: Reservation | None) -> LeverChoice:
    state = LeverState.DECIDED if random.random() < _DECIDED[lot.confidence] else LeverState.ENVISAGED
    reasons = words("reasons")["levers"][lever]
    return LeverChoice(
        lever,
        state,
        reservation=(to or _reservation(random, lot)) if lever is Lever.RESERVED else None,
        weight_percent=random.choice((10, 10, 15, 15, 20)) if lever is Lever.CRITERION else None,
        reason=random.choice(reasons) if random.random() < 0.6 else _checked(state, reasons),
    )


def _checked(state: LeverState, reasons: Sequence[str]) -> str | None:
    """What is decided was checked, and a check says why."""
    return reasons[-1] if state is LeverState.DECIDED else None


def _reservation(random: Random, lot: LotFacts) -> Reservation:
    """Social services may be reserved to the ESS (L2113-15); within three years, which their duration respects."""
    if str(lot.cpv_code).startswith(("80", "85")):
        return Reservation.ESS
    return chosen(random, _RESERVED_TO[lot.trade])


def _discarded(random: Random) -> Iterator[LeverChoice]:
    """Under study: sometimes a lever has already been set aside, and it is said why."""
    if random.random() < 0.3:
        lever = random.choice((Lever.RESERVED, Lever.CLAUSE))
        reason = random.choice(words("reasons")["discarded"][lever])
        yield LeverChoice(lever, LeverState.DISCARDED, reason=reason, reservation=_of_discarded(lever))


def _of_discarded(lever: Lever) -> Reservation | None:
    return Reservation.INSERTION if lever is Lever.RESERVED else None


def _hours(random: Random, lot: LotFacts, lever: Lever | None) -> tuple[Decimal | None, bool]:
    """The hours, and whether they are for each year."""
    if lever is None or lever is Lever.CRITERION or lot.amount_high is None:
        return None, False
    whole, share = _HOURS_PER_THOUSAND_EUROS[lot.trade]
    rate = share if lever is Lever.CLAUSE else whole
    total = int(lot.amount_high) * rate / 1000 * random.uniform(0.85, 1.1)
    years = (lot.longest_months or 12) / 12
    per_year = years >= 2
    return _rounded_hours(total / years if per_year else total), per_year


def _rounded_hours(hours: float) -> Decimal:
    step = 10 if hours < 300 else 50 if hours < 3_000 else 100 if hours < 10_000 else 500
    return Decimal(max(40, round(hours / step) * step))


def _adapted(random: Random, lever: Lever | None) -> tuple[bool | None, str | None]:
    likely = {Lever.RESERVED: 0.8, Lever.CLAUSE: 0.35, Lever.INSERTION_SERVICE: 0.9}.get(lever, 0.1) if lever else 0.0
    drawn = random.random()
    if drawn < likely:
        return True, random.choice(words("reasons")["adapted"])
    if drawn > 0.9:
        return False, random.choice(words("reasons")["not_adapted"])
    return None, None
