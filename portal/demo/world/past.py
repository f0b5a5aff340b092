"""What the Métropole bought since 2014, lot by lot. All awarded.

Told backwards from the forecast: a lot that replaces a contract had that contract, and often others before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count
from random import Random
from types import MappingProxyType

from portal.demo.world import levers
from portal.demo.world.days import working_instant
from portal.demo.world.lots import Lot
from portal.demo.world.needs import Need, all_needs
from portal.demo.world.people import Person, everyone
from portal.demo.world.purchases import ANCHOR, SERVICES, Project, all_projects, procedure_for
from portal.demo.world.texts import words
from portal.directory.rules import purchase_family_of
from portal.forecast.facts import LeverChoice, LotFacts
from portal.kernel.clock import PARIS
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import (
    Confidence,
    Lever,
    LeverState,
    PlannedPrecision,
    ProjectState,
    Reservation,
    Role,
    Trade,
)

MANDATES = (date(2014, 3, 30), date(2020, 6, 29), date(2026, 3, 23))
"""The first day of each term of the assembly."""
RESERVED_LOTS = (32, 58)
"""Launched in the first term, then from its end to the end of 2024."""
_RESERVED_SINCE = 19

FORMER_BUYER = Person(
    "former-buyer",
    "Odile Trémandel",
    "odile.tremandel@metropole.example",
    (("metropole", frozenset({Role.PURCHASING})),),
    datetime(2013, 1, 7, 9, tzinfo=PARIS),
)
"""Who bought before today's people; she has no account any more."""
BUYER = next(person for person in everyone() if person.key == Role.PURCHASING)
TAKEN_OVER = timedelta(days=30)
"""How long after he came he took over from her."""


@dataclass(frozen=True)
class Bought:
    """A lot that was awarded, and the terms of its contract."""

    project: Project
    lot: Lot
    number: str
    starts_on: date
    months: int
    holders: tuple[str, ...]
    """Organisations of the cast, the mandataire first, or « @trade » for one that practises it; empty: to be drawn."""

    @property
    def key(self) -> str:
        return f"{self.project.title} {self.number}"

    @cached_property
    def since(self) -> date:
        """When its buyer began to write it down."""
        return self.project.created_at.date()

    @cached_property
    def notified_on(self) -> date:
        return self.project.state_since.astimezone(PARIS).date()

    @cached_property
    def reservation(self) -> Reservation | None:
        return next((choice.reservation for choice in self.lot.facts.levers if choice.is_decided), None)

    @cached_property
    def lever(self) -> Lever | None:
        return next((choice.lever for choice in self.lot.facts.levers if choice.is_decided), None)

    @property
    def hours(self) -> Decimal:
        """Wanted over the whole contract."""
        wanted = self.lot.facts.hours_wanted or Decimal(0)
        return wanted * self.months / 12 if self.lot.facts.hours_per_year else wanted


def all_bought() -> list[Bought]:
    """Every lot awarded, in the order of notification: those of the past, then those that the forecast shows."""
    forecast = all_projects()
    needs = all_needs(forecast)
    projects = [_project(need) for need in needs]
    numbers = _numbers(needs, projects)
    dealt = iter(_levers(needs, projects))
    bought: list[Bought] = []
    for need, project, number in zip(needs, projects, numbers, strict=True):
        lots = tuple(_with_lever(lot, next(dealt), need) for lot in project.lots)
        bought += _awarded(replace(project, lots=lots), number, need)
    bought += (each for project in forecast if project.state is ProjectState.AWARDED for each in _of_forecast(project))
    return sorted(bought, key=lambda each: (each.project.state_since, each.number))


def _project(need: Need) -> Project:
    """From the first line to the award, some weeks before the work starts; levers come later."""
    random = Random(f"amont: bought {need.title} {need.starts_on}")
    reply_days = random.choice((30, 30, 35, 40))
    notified_at = working_instant(random, need.starts_on - timedelta(days=random.randint(12, 27)))
    tendered_at = working_instant(random, notified_at.date() - timedelta(days=reply_days + random.randint(20, 40)))
    published_at = working_instant(random, tendered_at.date() - timedelta(days=random.randint(150, 330)))
    created_at = working_instant(random, published_at.date() - timedelta(days=random.randint(12, 50)))
    family = purchase_family_of(need.cpv)
    lots = tuple(Lot(number, _as_bought(facts, need, tendered_at.date())) for number, facts in enumerate(need.lots, 1))
    return Project(
        title=need.title,
        summary=need.summary,
        buyer="metropole",
        author=BUYER if created_at > BUYER.since + TAKEN_OVER else FORMER_BUYER,
        service=SERVICES["metropole"],
        family=family,
        procedure=procedure_for(need.cpv, family, sum(lot.facts.amount_high or 0 for lot in lots)),
        reply_days=reply_days,
        lots_per_candidate=None,
        state=ProjectState.AWARDED,
        created_at=created_at,
        published_at=published_at,
        tendered_at=tendered_at,
        state_since=notified_at,
        lots=lots,
        changes=(),
    )


def _as_bought(facts: LotFacts, need: Need, tendered_on: date) -> LotFacts:
    return replace(
        facts,
        planned=PlannedPeriod(tendered_on, PlannedPrecision.MONTH),
        confidence=Confidence.FIRM,
        execution=PlannedPeriod(need.starts_on, PlannedPrecision.MONTH),
        duration_months=need.months,
        renewals=0,
        renewal_months=None,
        replaced_contract=None,
        replaced_ends_on=None,
        hours_wanted=None,
        hours_per_year=False,
    )


def _numbers(needs: Sequence[Need], projects: Sequence[Project]) -> list[str]:
    """The number that the forecast tells, else the next free one of the year."""
    taken = {need.number for need in needs}
    free = {year: count(7, 3) for year in range(2014, 2027)}
    numbers = []
    for need, project in zip(needs, projects, strict=True):
        number = need.number
        while number is None or (need.number is None and number in taken):
            number = f"{project.state_since.year}-{next(free[project.state_since.year]):03}"
        taken.add(number)
        numbers.append(number)
    return numbers


_RESERVABLE = frozenset(
    {Trade.CLEANING, Trade.GREEN_SPACES, Trade.CATERING, Trade.DIGITAL, Trade.RECYCLING, Trade.LOGISTICS, Trade.LAUNDRY}
)
_CLAUSES: Mapping[int, float] = MappingProxyType({2014: 0.3, 2016: 0.4, 2018: 0.5, 2020: 0.52, 2022: 0.33, 2024: 0.33})
"""The share of the other lots that carry a clause, from each year on."""


_EAGERNESS: Mapping[int, int] = MappingProxyType({year: 3 if 2021 < year < 2025 else 2 for year in range(2012, 2027)})
"""How readily a lot of that year was reserved."""


def _levers(needs: Sequence[Need], projects: Sequence[Project]) -> list[tuple[Lever, str] | None]:
    """For each lot in order: its lever, and whom it is reserved to when it is told. Reserved ones count exactly."""
    lots = [(need, project, lot) for need, project in zip(needs, projects, strict=True) for lot in project.lots]
    found: dict[int, tuple[Lever, str] | None] = {}
    for index, (need, _, lot) in enumerate(lots):
        if need.told:
            to = need.told["reserved"][lot.number - 1]
            found[index] = (Lever.RESERVED, to) if to else (Lever.CLAUSE, "")
    launched = [_term_of(project) for _, project, _ in lots]
    for term, wanted in enumerate((*RESERVED_LOTS, _RESERVED_SINCE)):
        given = sum(
            each is not None and each[0] is Lever.RESERVED for index, each in found.items() if launched[index] == term
        )
        open_ = [i for i, (_, _, lot) in enumerate(lots) if launched[i] == term and _reservable(lot) and i not in found]
        open_.sort(key=lambda i: _chance(*lots[i]).random() ** (1 / _EAGERNESS[lots[i][1].created_at.year]))
        found |= dict.fromkeys(open_[given - wanted :], (Lever.RESERVED, ""))
    return [
        found[index] if index in found else _other_lever(_chance(*lots[index]), lots[index][1])
        for index in range(len(lots))
    ]


def _chance(need: Need, project: Project, lot: Lot) -> Random:
    return Random(f"amont: lever {need.title} {project.created_at.date()} {lot.number}")


def _term_of(project: Project) -> int:
    """Which count of reserved lots its launch falls in: the first term, then up to the end of 2024, then since."""
    assert project.tendered_at is not None  # noqa: S101 — narrows the type
    launched_on = project.tendered_at.date()
    return 0 if launched_on < MANDATES[1] else 1 if launched_on.year < 2025 else 2


def _reservable(lot: Lot) -> bool:
    return lot.facts.trade in _RESERVABLE


def _other_lever(random: Random, project: Project) -> tuple[Lever, str] | None:
    likely = next(share for year, share in reversed(list(_CLAUSES.items())) if project.created_at.year >= year - 1)
    drawn = random.random()
    if drawn < likely:
        return Lever.CLAUSE, ""
    return (Lever.CRITERION, "") if drawn > 0.96 else None


def _with_lever(lot: Lot, dealt: tuple[Lever, str] | None, need: Need) -> Lot:
    lever, to = dealt or (None, "")
    random = Random(f"amont: hours {need.title} {need.starts_on} {lot.number}")
    facts = levers.with_lever(random, lot.facts, lever, to=Reservation(to) if to else None)
    decided = tuple(_decided(choice) if choice.is_live else choice for choice in facts.levers)
    wanted = facts.hours_wanted and _asked(facts.hours_wanted, need.starts_on.year)
    facts = replace(facts, levers=decided, hours_wanted=wanted)
    if need.told and "hours" in need.told:
        facts = replace(facts, hours_wanted=Decimal(need.told["hours"][lot.number - 1]), hours_per_year=False)
    return Lot(lot.number, facts)


_MORE_ASKED: Mapping[int, str] = MappingProxyType({2015: "1.65", 2022: "1.6", 2023: "1.5", 2024: "1.3", 2025: "1.05"})
"""How many more hours were asked of a lot that started from each year on, for the same amount."""


def _asked(hours: Decimal, year: int) -> Decimal:
    more = next(more for since, more in reversed(list(_MORE_ASKED.items())) if year >= since)
    return Decimal(max(1, round(hours * Decimal(more) / 50)) * 50)


def _decided(choice: LeverChoice) -> LeverChoice:
    """Nothing was kept yet for work in detention (L2113-13-1)."""
    in_prison = choice.reservation is Reservation.PENITENTIAIRE
    to = Reservation.HANDICAP if in_prison else choice.reservation
    reason = choice.reason or words("reasons")["levers"][choice.lever][-1]
    return replace(choice, state=LeverState.DECIDED, reservation=to, reason=reason)


def _awarded(project: Project, number: str, need: Need) -> Iterator[Bought]:
    holders = need.told.get("holders", ()) if need.told else ()
    for rank, lot in enumerate(project.lots):
        own = number if len(project.lots) == 1 else f"{number}-{lot.number}"
        yield Bought(project, lot, own, need.starts_on, need.months, tuple(holders[rank]) if holders else ())


def _of_forecast(project: Project) -> Iterator[Bought]:
    """Lots of the forecast that were just awarded: the work starts in January."""
    for lot in project.lots:
        number = f"2026-{180 + len(project.title) % 20}-{lot.number}"
        months = lot.facts.duration_months or 12
        yield Bought(project, lot, number, date(ANCHOR.year + 1, 1, 1), months, ())
