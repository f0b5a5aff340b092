"""Where each month of each titulaire stands on the demonstration's day, and when each step was taken."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from portal.declarations.rules import due_on
from portal.demo.world.contracts import Contract
from portal.demo.world.days import working_instant
from portal.demo.world.purchases import ANCHOR
from portal.demo.world.totals import all_work
from portal.demo.world.workforce import LAST_MONTH, Post, Work, month_numbered
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, DepositOutcome

_S = DeclarationState
_OPENS_AT = time(0, 20, tzinfo=PARIS)
"""When a month opens, on the 1st."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One deposit, and what was answered. `slip` hundredths of an hour were typed too many on its first line."""

    at: datetime
    outcome: DepositOutcome | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    reopened_at: datetime | None = None
    slip: int = 0


@dataclass(frozen=True, slots=True)
class Filing:
    """One month that one titulaire declares."""

    post: Post
    number: int
    state: DeclarationState
    works: tuple[Work, ...]
    """What its lines tell, as far as it was filled in."""
    handed: tuple[Handed, ...] = ()
    begun_at: datetime | None = None
    """When a draft was last saved."""

    @property
    def month(self) -> Month:
        return month_numbered(self.number)

    @property
    def due_on(self) -> date:
        return _due_on(self.number)

    @property
    def opened_at(self) -> datetime:
        return _opened_at(self.number)

    @property
    def is_nil(self) -> bool:
        return not self.works and bool(self.handed)


def all_filings(contracts: Sequence[Contract]) -> list[Filing]:
    """In the order of months, then of contracts. What was worked in months that nobody told is left out."""
    posts = all_work(contracts)
    found = [_filing(post, number, worked) for post in posts for worked in [_by_month(post)] for number in post.months]
    found.sort(key=lambda filing: filing.number)
    told = {id(work) for filing in found for work in filing.works}
    for post in posts:
        _forget_untold(post, told)
    return found


def _forget_untold(post: Post, told: set[int]) -> None:
    for stay in post.stays:
        kept = [work for work in stay.works if id(work) in told]
        if kept[-1:] != stay.works[-1:]:
            stay.exit = None
        stay.works = kept
    post.stays = [stay for stay in post.stays if stay.works]


@cache
def _due_on(number: int) -> date:
    return due_on(month_numbered(number), 10)


@cache
def _opened_at(number: int) -> datetime:
    return datetime.combine(month_numbered(number + 1).first_day, _OPENS_AT)


_OCTOBER, _NOVEMBER = LAST_MONTH - 1, LAST_MONTH
_TOLD: dict[tuple[str, str, int], DeclarationState] = {
    ("2024-201-1", "morvaudel", _OCTOBER): _S.EXPECTED,
    ("2024-201-2", "morvaudel", _OCTOBER): _S.ACCEPTED,
    ("2025-201", "morvaudel", _OCTOBER): _S.ACCEPTED,
    ("2024-201-1", "morvaudel", _NOVEMBER): _S.EXPECTED,
    ("2024-201-2", "morvaudel", _NOVEMBER): _S.EXPECTED,
    ("2025-201", "morvaudel", _NOVEMBER): _S.DRAFT,
    ("2026-201-1", "ateliers-pont-de-pierre", _OCTOBER): _S.ACCEPTED,
    ("2026-201-1", "ateliers-pont-de-pierre", _NOVEMBER): _S.EXPECTED,
    ("2026-201-1", "regie-tanneries", _OCTOBER): _S.EXPECTED,
    ("2026-201-1", "net-services", _OCTOBER): _S.DEPOSITED,
    ("2024-202", "ateliers-pont-de-pierre", _OCTOBER): _S.ACCEPTED,
    ("2024-202", "ateliers-pont-de-pierre", _NOVEMBER): _S.EXPECTED,
    ("2023-201", "lavandes", _OCTOBER): _S.RETURNED,
}
"""What the people of the cast find waiting."""
_LATEST = {
    _OCTOBER: {_S.EXPECTED: 0.045, _S.DRAFT: 0.03, _S.DEPOSITED: 0.075},
    _NOVEMBER: {_S.EXPECTED: 0.83, _S.DRAFT: 0.1, _S.DEPOSITED: 0.07},
    _OCTOBER - 1: {_S.EXPECTED: 0.012},
}
"""The share of each state in the months under way; the rest is accepted."""


def _by_month(post: Post) -> dict[int, tuple[Work, ...]]:
    found: defaultdict[int, tuple[Work, ...]] = defaultdict(tuple)
    for work in post.works:
        found[work.month] += (work,)
    return found


def _filing(post: Post, number: int, worked: Mapping[int, tuple[Work, ...]]) -> Filing:
    contract = post.contract
    random = Random(f"amont: month {contract.bought.key} {post.holder.body.key} {number}")
    if month_numbered(number) in contract.suspended:
        return Filing(post, number, _S.SUSPENDED, ())
    works = worked.get(number, ())
    state = _TOLD.get((contract.bought.number, post.holder.body.key, number)) or _state(random, number)
    match state:
        case _S.EXPECTED:
            return Filing(post, number, state, ())
        case _S.DRAFT:
            begun = tuple(works[: max(1, len(works) * 2 // 3)])
            return Filing(post, number, state, begun, begun_at=_lately(random, number))
        case _S.DEPOSITED:
            return Filing(post, number, state, works, (Handed(_lately(random, number)),))
        case _S.RETURNED:
            return Filing(post, number, state, works, (_returned(random, _lately(random, number), number),))
        case _:
            return Filing(post, number, state, works, tuple(_accepted(random, number, works)))


def _state(random: Random, number: int) -> DeclarationState:
    drawn = random.random()
    for state, share in _LATEST.get(number, {}).items():
        if drawn < share:
            return state
        drawn -= share
    return _S.ACCEPTED


def _lately(random: Random, number: int) -> datetime:
    """In the last days, once the month was open."""
    soonest = 1 if number == _NOVEMBER else 12
    return working_instant(random, ANCHOR.date() - timedelta(days=random.randint(1, min(soonest + 1, 12))))


def _returned(random: Random, at: datetime, number: int) -> Handed:
    answer = random.choice(_ANSWERS)
    return Handed(at, DepositOutcome.RETURNED, _after(random, at, 1, 2, number), answer, slip=1_400)


_ANSWERS = (
    "Les heures de la première ligne dépassent le relevé transmis : vérifiez-les.",
    "Une journée paraît comptée deux fois sur la première ligne.",
    "Le relevé d’heures et la première ligne ne disent pas la même chose.",
)
_LATE, _VERY_LATE, _SENT_BACK, _REOPENED = 0.15, 0.03, 0.04, 0.002
_REOPENED_FOR = "Le relevé corrigé de l’employeur, reçu depuis, porte moins d’heures."


def _accepted(random: Random, number: int, works: Sequence[Work]) -> Iterator[Handed]:
    at = _deposited_at(random, number)
    drawn = random.random()
    if works and drawn < _SENT_BACK:
        first = _returned(random, at, number)
        yield first
        assert first.decided_at is not None  # noqa: S101 — narrows the type
        at = _after(random, first.decided_at, 1, 6, number)
    elif works and drawn < _SENT_BACK + _REOPENED and number < _OCTOBER - 3:
        accepted_at = _after(random, at, 1, 8, number)
        reopened_at = _after(random, accepted_at, 9, 20, number)
        yield Handed(at, DepositOutcome.REOPENED, accepted_at, _REOPENED_FOR, reopened_at, slip=700)
        at = _after(random, reopened_at, 1, 5, number)
    yield Handed(at, DepositOutcome.ACCEPTED, _after(random, at, 1, 8, number))


def _deposited_at(random: Random, number: int) -> datetime:
    due = _due_on(number)
    drawn = random.random()
    if drawn < _VERY_LATE:
        day = due + timedelta(days=random.randint(9, 24))
    elif drawn < _LATE + _VERY_LATE:
        day = due + timedelta(days=random.randint(1, 8))
    else:
        day = due - timedelta(days=random.randint(0, 7))
    return max(_bounded(working_instant(random, day), 3), _opened_at(number) + timedelta(hours=random.randint(9, 15)))


def _after(random: Random, at: datetime, fewest: int, most: int, number: int) -> datetime:
    """Some days later, at least an hour later, and before the demonstration begins."""
    later = working_instant(random, at.date() + timedelta(days=random.randint(fewest, most)))
    return max(_bounded(later, 1), at + timedelta(hours=1, minutes=number % 50))


def _bounded(at: datetime, days: int) -> datetime:
    return min(at, ANCHOR - timedelta(days=days, hours=-3))
