"""Who worked on the contracts, month by month: people without names, their paths, the hours of each.

Months are numbered year × 12 + month − 1, and hours are in hundredths, as the database keeps them: there are tens of
thousands of each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from random import Random
from types import MappingProxyType

from portal.declarations.rules import PRESUMING, age_band_on, is_counted
from portal.demo.world.contracts import Contract, Holder
from portal.demo.world.employment import Person, drawn_exit, drawn_hiring, drawn_person, months_of_stay
from portal.demo.world.purchases import ANCHOR
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ContractType, EligibilityState, ExitKind, HiringMode, RetentionReason

LAST_MONTH = ANCHOR.year * 12 + ANCHOR.month - 2
"""November 2026: the last month that is over."""

IT_CONTRACT = "2021-201"
"""Promised at 7 000 h; its own path is told by `_planned`."""
IT_HOURS = 35_000
"""Retained from January 2022 to December 2024, which is all its life."""

_YEARLY: Mapping[int, int] = MappingProxyType(
    {2022: 303_000, 2023: 352_000, 2024: 424_000, 2025: 470_000, 2026: 476_000}
)
"""Hours worked, IT_CONTRACT apart, from January to December (to November in 2026): each year more. `totals` makes 2024
exact."""
_SEASONS = (0.96, 0.99, 1.03, 1.03, 1.0, 1.05, 0.97, 0.8, 1.06, 1.07, 1.04, 0.98)
_MONTHLY = 8_400
"""What one person works on one contract in a month, on average."""
_FEWEST = 4_200
"""Nobody comes for less, on average: a small contract has months when nobody does."""
LEAST, MOST = 2_000, 15_100


@dataclass(slots=True, eq=False)
class Work:
    """One person's month on one contract: what a line will say, and what is retained of it."""

    stay: "Stay"
    month: int
    hours: int
    training: int
    retained: int
    reason: RetentionReason | None = None
    note: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it may still be written a little longer or shorter."""
        return self.retained == self.hours and not self.training

    @property
    def exit_on(self) -> date | None:
        return self.stay.exit[0] if self.stay.exit and self is self.stay.works[-1] else None

    @property
    def exit_kind(self) -> ExitKind | None:
        return self.stay.exit[1] if self.stay.exit and self is self.stay.works[-1] else None


@dataclass(slots=True, eq=False)
class Stay:
    """A path: from the entry on one contract for one declarant, to an exit that closes it."""

    person: Person
    post: "Post"
    entered_on: date
    lasts: int
    hiring_mode: HiringMode
    contract_type: ContractType
    confirmed_in: int | None
    """The month from which eligibility is confirmed; None: presumed, or refused."""
    is_refused: bool
    exit: tuple[date, ExitKind] | None = None
    works: list[Work] = field(default_factory=list)

    @property
    def age_band(self) -> AgeBand:
        return age_band_on(self.person.born_on, self.entered_on)

    def works_in(self, year: int) -> bool:
        """Whether hours of that year can be retained."""
        return not self.is_refused and any(
            self.may_count(work.month) for work in self.works if work.month // 12 == year
        )

    def may_count(self, month: int) -> bool:
        """Eligible, and not past the period that counts."""
        confirmed = self.eligible_in(month) in {EligibilityState.PRESUMED, EligibilityState.CONFIRMED}
        return confirmed and is_counted(month_numbered(month), self.entered_on, 24)

    def eligible_in(self, month: int) -> EligibilityState:
        """What the facilitateur knew when that month was accepted."""
        if self.is_refused:
            return EligibilityState.REFUSED
        if self.post.presumes:
            return EligibilityState.PRESUMED
        confirmed = self.confirmed_in is not None and month >= self.confirmed_in
        return EligibilityState.CONFIRMED if confirmed else EligibilityState.TO_CONFIRM


@dataclass(eq=False)
class Post:
    """One titulaire of one contract: what declares, month by month."""

    contract: Contract
    holder: Holder
    stays: list[Stay] = field(default_factory=list)

    @cached_property
    def presumes(self) -> bool:
        """Its staff is presumed eligible (CCAG, art. 16.1)."""
        day = self.contract.bought.notified_on
        return any(kind in PRESUMING and (since is None or since <= day) for kind, since in self.holder.body.kinds)

    @cached_property
    def months(self) -> range:
        """The months to declare that are over, suspended ones included."""
        if self.contract.months is None:
            return range(0)
        first, last = (each.year * 12 + each.month - 1 for each in self.contract.months)
        return range(first, min(last, LAST_MONTH) + 1)

    @property
    def works(self) -> Iterator[Work]:
        for stay in self.stays:
            yield from stay.works


@cache
def month_numbered(number: int) -> Month:
    return Month(number // 12, number % 12 + 1)


def numbered(month: Month) -> int:
    return month.year * 12 + month.month - 1


def all_posts(contracts: Iterable[Contract]) -> list[Post]:
    """Each with the people who worked there, before the totals are set."""
    posts = [Post(contract, holder) for contract in contracts if contract.declares for holder in contract.holders]
    pace = _paces(posts)
    for post in posts:
        _work(Random(f"amont: work {post.contract.bought.key} {post.holder.body.key}"), post, pace)
    return posts


def _paces(posts: Iterable[Post]) -> dict[int, float]:
    """For each year, what is worked as a share of what the promises come to."""
    planned: Counter[int] = Counter()
    for post in posts:
        if post.contract.bought.number != IT_CONTRACT:
            for month in post.months:
                planned[month // 12] += int(_planned(post, month))
    return {year: hours * 100 / planned[year] for year, hours in _YEARLY.items()}


def _work(random: Random, post: Post, pace: Mapping[int, float]) -> None:
    """Month after month: who is there works, who leaves is replaced, as the hours to do ask for."""
    present: list[Stay] = []
    suspended = {numbered(month) for month in post.contract.suspended}
    presumes, is_it = post.presumes, post.contract.bought.number == IT_CONTRACT
    owed = random.random() * 0.6
    for month in post.months:
        if month in suspended:
            continue
        planned = _planned(post, month) * (1 if is_it else pace[month // 12])
        each = min(max(planned, _FEWEST), _MONTHLY)
        owed += planned / each
        wanted = int(owed)
        owed -= wanted
        while len(present) < wanted:
            stay = _entering(random, post, month, presumes)
            present.append(stay)
            post.stays.append(stay)
        for stay in present[:wanted]:
            _work_one(random, stay, month, each)
        present = [stay for stay in present if not _leaves(random, stay, month)]


def _planned(post: Post, month: int) -> float:
    """Hundredths of an hour to be worked in a month."""
    contract, part = post.contract, post.holder.part / 10_000
    first, last = contract.bought.starts_on, contract.ends_on
    rank, months = month - (first.year * 12 + first.month - 1), contract.bought.months
    if contract.bought.number == IT_CONTRACT:
        return IT_HOURS * 100 * part * (0.4 + 1.2 * rank / (months - 1)) / months
    promised = float(contract.promised) or _unpromised(contract)
    begun = min(1.0, 0.5 + rank * 0.2)
    ending = 0.6 if month == last.year * 12 + last.month - 1 else 1.0
    return promised * 100 * part / months * begun * ending * _SEASONS[month % 12] * _zeal(contract)


def _unpromised(contract: Contract) -> float:
    """What a share of labour, or hours per thousand euros, comes to."""
    return float(contract.amount) * 2.8 / 1000


def _zeal(contract: Contract) -> float:
    """Some hold their promise with ease, others do not."""
    return Random(f"amont: zeal {contract.bought.key}").triangular(0.72, 1.4, 1.05)


_REFUSED, _CONFIRMED_LATE = 0.02, 0.05


def _entering(random: Random, post: Post, month: int, presumes: bool) -> Stay:
    first = month_numbered(month).first_day
    entered_on = max(
        first + timedelta(days=random.choice((0, 0, 0, 1, 2, 4, 7, 9, 14))), post.contract.bought.starts_on
    )
    mode, contract_type = drawn_hiring(random, post.holder.body, with_others=len(post.contract.holders) > 1)
    drawn = random.random()
    return Stay(
        person=drawn_person(random, post.contract.bought.lot.facts.trade, entered_on),
        post=post,
        entered_on=entered_on,
        lasts=months_of_stay(random, post.holder.body),
        hiring_mode=mode,
        contract_type=contract_type,
        confirmed_in=None if presumes else month + (drawn > 1 - _CONFIRMED_LATE),
        is_refused=not presumes and drawn < _REFUSED,
    )


def _work_one(random: Random, stay: Stay, month: int, average: float) -> None:
    drawn = random.gauss(average, average / 4)
    if not stay.works:
        drawn *= 1 - (stay.entered_on.day - 1) / 31
    hours = round(min(max(drawn, LEAST), MOST) / 50) * 50
    training = (
        round(min(hours, random.choice((350, 700, 700, 1_400, 2_100))) / 50) * 50 if random.random() < 0.08 else 0
    )
    stay.works.append(Work(stay, month, hours, training, hours))


_LEFT_UNTOLD = 0.06


def _leaves(random: Random, stay: Stay, month: int) -> bool:
    """Once the time is over, or the contract; told by the line of that month, but for a few of whom nobody knows."""
    if not stay.works or stay.works[-1].month != month:
        return False
    last = stay.post.contract.months[1] if stay.post.contract.months else None
    is_last = last is not None and numbered(last) == month
    if month - stay.works[0].month + 1 < stay.lasts and not (is_last and random.random() < 0.6):
        return False
    if random.random() >= _LEFT_UNTOLD:
        whole = month_numbered(month)
        day = max(whole.last_day - timedelta(days=random.choice((0, 0, 0, 1, 3, 6, 10))), stay.entered_on)
        stay.exit = min(day, stay.post.contract.ends_on), drawn_exit(random)
    return True
