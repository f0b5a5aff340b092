"""The people who worked, with what is retained of their hours, brought to the totals that the story tells.

Totals are reached by writing some months a little longer or shorter, and by giving some paths to somebody who had been
somewhere else before: the figures then come out of the lines, and of nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import cycle
from random import Random

from portal.declarations import rules
from portal.demo.world.contracts import Contract
from portal.demo.world.workforce import IT_CONTRACT, IT_HOURS, LEAST, MOST, Post, Stay, Work, all_posts, month_numbered
from portal.kernel.hundredths import from_hundredths, to_hundredths
from portal.vocabulary import RetentionReason

YEAR = 2024
HOURS, PEOPLE = 435_643, 1_267

_STEP = 50
_RETURNING = 0.05
_CORRECTED = 0.004


def all_work(contracts: Sequence[Contract]) -> list[Post]:
    """Every titulaire that declares, with its people's months."""
    random = Random("amont: totals")
    posts = all_posts(contracts)
    works = [work for post in posts for work in post.works]
    _share_people(random, posts)
    for work in works:
        _retain(random, work)
    of_it = [work for work in works if work.stay.post.contract.bought.number == IT_CONTRACT]
    _reach(of_it, IT_HOURS)
    told = sum(work.retained for work in of_it if work.month // 12 == YEAR)
    others = [
        work for work in works if work.month // 12 == YEAR and work.stay.post.contract.bought.number != IT_CONTRACT
    ]
    _reach(others, from_hundredths(HOURS * 100 - told))
    return posts


def _retain(random: Random, work: Work) -> None:
    """What the portal's own rules retain; now and then the facilitateur retains less, and says why."""
    stay, cap = work.stay, work.stay.post.contract.training_cap_percent
    terms = rules.Terms(training_cap_percent=cap)
    found = rules.retained(month_numbered(work.month), _Line(work), stay.eligible_in(work.month), terms)
    work.retained, work.reason = to_hundredths(found.hours), found.reason
    if work.retained == work.hours and random.random() < _CORRECTED:
        work.retained -= min(work.hours, random.choice((400, 700, 1_400)))
        work.reason, work.note = RetentionReason.CORRECTED, random.choice(_CORRECTIONS)


_CORRECTIONS = (
    "Une journée comptée deux fois sur le relevé.",
    "Le relevé d’heures signé porte moins d’heures.",
    "Heures faites sur un autre chantier.",
)


class _Line:
    """A month's work as the rules read a line."""

    id = 0

    def __init__(self, work: Work) -> None:
        self.hours, self.training_hours = from_hundredths(work.hours), from_hundredths(work.training)
        self.entered_on = work.stay.entered_on
        self.exit_on, self.exit_kind = work.exit_on, work.exit_kind


def _reach(works: Sequence[Work], hours: Decimal | int) -> None:
    """Write plain months longer or shorter until they make that total, to the last hundredth."""
    plain = [work for work in works if work.is_plain]
    missing = int(hours * 100) - sum(work.retained for work in works)
    factor = 1 + missing / sum(work.hours for work in plain)
    for work in plain:
        missing -= _write(work, round(work.hours * factor / _STEP) * _STEP - work.hours)
    for work in cycle(plain):
        if abs(missing) < _STEP:
            break
        missing -= _write(work, _STEP if missing > 0 else -_STEP)
    _write(next(work for work in reversed(plain) if LEAST + _STEP < work.hours < MOST - _STEP), missing)


def _write(work: Work, more: int) -> int:
    """As much of it as a month can hold."""
    before = work.hours
    work.hours = work.retained = min(max(work.hours + more, LEAST), MOST)
    return work.hours - before


# One person, several paths


def _share_people(random: Random, posts: Sequence[Post]) -> None:
    """Give some paths to people who had been elsewhere before, so that as many worked in the year as is told."""
    paths = _Paths(stay for post in posts for stay in post.stays if stay.works)
    for stay in paths.in_order:
        if not stay.works_in(YEAR) and random.random() < _RETURNING:
            paths.give(random, stay, counted=False)
    later = [stay for stay in paths.in_order if stay.works_in(YEAR)]
    random.shuffle(later)
    for stay in later:
        if paths.people_in_year == PEOPLE:
            return
        paths.give(random, stay, counted=True)
    raise AssertionError(f"{paths.people_in_year} people in {YEAR}")


class _Paths:
    """Who had left, by sex, and how many people the year counts."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        self.in_order = sorted(stays, key=lambda stay: (stay.entered_on, stay.post.contract.bought.key))
        self._of: defaultdict[int, list[Stay]] = defaultdict(list)
        for stay in self.in_order:
            self._of[id(stay.person)].append(stay)
        self.people_in_year = len({id(stay.person) for stay in self.in_order if stay.works_in(YEAR)})

    def give(self, random: Random, stay: Stay, *, counted: bool) -> None:
        """The path to somebody who left another contract in the months before; `counted`: both in the year."""
        for _ in range(40):
            other = random.choice(self.in_order)
            if other.works_in(YEAR) is counted and self._may_follow(other, stay):
                self._join(other, stay, counted)
                return

    def _may_follow(self, other: Stay, stay: Stay) -> bool:
        mine, theirs = self._of[id(stay.person)], self._of[id(other.person)]
        left = [each.exit[0] if each.exit else None for each in theirs]
        return (
            len(mine) == 1
            and other.person is not stay.person
            and other.person.sex is stay.person.sex
            and not (other.is_refused or stay.is_refused)
            and all(day is not None and day < stay.entered_on for day in left)
            and all(each.post.contract is not stay.post.contract for each in theirs)
            and (stay.entered_on - other.entered_on).days < 900
        )

    def _join(self, other: Stay, stay: Stay, counted: bool) -> None:
        self._of[id(other.person)].append(stay)
        del self._of[id(stay.person)]
        stay.person = other.person
        if stay.confirmed_in and any(each.confirmed_in for each in self._of[id(other.person)] if each is not stay):
            stay.confirmed_in = stay.works[0].month
        self.people_in_year -= counted
