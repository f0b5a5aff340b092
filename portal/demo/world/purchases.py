"""What the buyers plan: projects and their lots, drawn from the titles and needs of the purchases files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any

from config import Config
from portal.demo.world import history, levers
from portal.demo.world.days import working_instant
from portal.demo.world.draws import shares
from portal.demo.world.lots import Lot, Planning, drawn_facts
from portal.demo.world.numbers import telephone
from portal.demo.world.people import Person, everyone
from portal.demo.world.texts import words
from portal.directory.rules import purchase_family_of
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.kernel.period import Quarter, parse_period
from portal.vocabulary import Lever, Procedure, ProjectState, PurchaseFamily, Reservation, Role, Trade

ANCHOR: datetime = Config.demo_starts_at
"""The instant at which the data are made: nothing in them is later."""

_QUARTERS = {Quarter(2027, 1) + rank: weight for rank, weight in enumerate((21, 26, 21, 20, 15, 14, 11, 7))}

_PROFILE = "https://profil-acheteur.deux-rives.example/consultations"
SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "metropole": "Direction des achats",
        "belleroche": "Service de la commande publique",
        "combeaux": "Direction générale des services",
        "ccas": "Direction des moyens",
    }
)


@dataclass(frozen=True)
class Project:
    """A project with its lots as they stand at the anchor, and what changed on the way."""

    title: str
    summary: str
    buyer: str
    """Key of the organisation."""
    author: Person
    service: str
    family: PurchaseFamily
    procedure: Procedure
    reply_days: int
    lots_per_candidate: int | None
    state: ProjectState
    created_at: datetime
    published_at: datetime | None
    tendered_at: datetime | None
    """When the consultation opened."""
    state_since: datetime
    lots: tuple[Lot, ...]
    changes: tuple[history.Change, ...]

    @property
    def facts(self) -> ProjectFacts:
        return ProjectFacts(
            title=self.title,
            family=self.family,
            summary=self.summary,
            procedure=self.procedure,
            reply_days=self.reply_days,
            lots_per_candidate=self.lots_per_candidate,
            contact_name=self.author.name,
            contact_service=self.service,
            contact_email=self.author.email,
            contact_phone=telephone(9_000 + len(self.title)),
        )

    @property
    def allotment_defined(self) -> bool:
        return self.lots[0].number > 0

    def tender_of(self, state: ProjectState) -> tuple[str | None, date | None]:
        """Where the consultation runs and until when, once the project is in `state`."""
        if self.tendered_at is None or state not in _UNDER_WAY:
            return None, None
        return _PROFILE, (self.tendered_at + timedelta(days=self.reply_days)).date()

    @property
    def lots_at_first(self) -> tuple[Lot, ...]:
        """The lots as they were first written."""
        return self.lots_after(0)

    def lots_after(self, done: int) -> tuple[Lot, ...]:
        """The lots as they stood after so many changes."""
        lots = self.lots
        for change in reversed(self.changes[done:]):
            lots = tuple(change.undone(lot) for lot in lots)
        return lots


@cache
def all_projects() -> list[Project]:
    """The whole forecast, the same each time: the projects in preparation, then the others."""
    random = Random("amont: purchases")
    in_preparation = [*_entries("purchases_sites"), *_entries("purchases_services")]
    quarters = _quarters(random, [facts for _, facts in in_preparation])
    decks = levers.decks(random, Counter(_given_levers(in_preparation)))
    projects = [
        _project(random, trade, facts, quarter, decks)
        for (trade, facts), quarter in zip(in_preparation, quarters, strict=True)
    ]
    projects += [_other(random, trade, facts, decks) for trade, facts in _entries("purchases_others")]
    return list(_numbered_apart(projects))


def _numbered_apart(projects: Iterable[Project]) -> Iterator[Project]:
    """No two needs replace contracts of one number."""
    taken: set[str] = set()
    for project in projects:
        number = project.lots[0].facts.replaced_contract
        while number in taken:
            number = f"{number[:-3]}{int(number[-3:]) + 1:03}"
        if number:
            taken.add(number)
        lots = (replace(lot, facts=replace(lot.facts, replaced_contract=number)) for lot in project.lots)
        yield replace(project, lots=tuple(lots))


def _entries(name: str) -> Iterator[tuple[Trade, dict[str, Any]]]:
    for trade, entries in words(name).items():
        for facts in entries:
            yield Trade(trade), facts


def _given_levers(entries: Iterable[tuple[Trade, Mapping[str, Any]]]) -> Iterator[tuple[Trade, Lever | None]]:
    for trade, facts in entries:
        yield from ((trade, Lever(code) if code else None) for code in facts.get("levers", ()))


def _quarters(random: Random, entries: Sequence[Mapping[str, Any]]) -> list[Quarter]:
    """A quarter for each project, so that lots fall thicker in the near ones; the largest projects choose first."""
    sizes = [len(facts["lots"]) for facts in entries]
    left = shares(sum(sizes), _QUARTERS)
    found = {index: parse_period(facts["planned"]).quarter for index, facts in enumerate(entries) if "planned" in facts}
    for index, quarter in found.items():
        left[quarter] -= sizes[index]
    for index in sorted(set(range(len(sizes))) - set(found), key=lambda index: (-sizes[index], index)):
        room = {quarter: max(count, 0) + 0.01 for quarter, count in left.items()}
        found[index] = random.choices(list(room), [count**2 for count in room.values()])[0]
        left[found[index]] -= sizes[index]
    return [found[index] for index in range(len(sizes))]


def _project(random: Random, trade: Trade, facts: dict[str, Any], quarter: Quarter, decks: levers.Decks) -> Project:
    state = ProjectState(facts.get("state", ProjectState.PUBLISHED))
    planning = Planning.drawn(random, quarter, facts, firm=state in _UNDER_WAY)
    lots = tuple(_lots(random, trade, facts, planning, decks))
    created_at, published_at = _birth(random, quarter, state)
    changes: tuple[history.Change, ...] = ()
    if state is ProjectState.PUBLISHED and published_at is not None:
        changes = history.drawn(random, lots, after=published_at, before=ANCHOR)
    family = purchase_family_of(facts["cpv"])
    drawn = Project(
        title=facts["title"],
        summary=facts["need"],
        buyer=facts["by"],
        author=_author(random, facts["by"], created_at),
        service=SERVICES[facts["by"]],
        family=family,
        procedure=procedure_for(facts["cpv"], family, sum(lot.facts.amount_high or 0 for lot in lots)),
        reply_days=random.choice((25, 30, 30, 35, 35, 45)),
        lots_per_candidate=2 if len(lots) > 2 and random.random() < 0.3 else None,
        state=state,
        created_at=created_at,
        published_at=published_at,
        tendered_at=None,
        state_since=_state_since(random, state, created_at, published_at),
        lots=lots,
        changes=changes,
    )
    return replace(drawn, tendered_at=_tendered_at(drawn))


def _tendered_at(project: Project) -> datetime | None:
    if project.state is ProjectState.IN_TENDER:
        return project.state_since
    if project.state is not ProjectState.AWARDED:
        return None
    return project.state_since - timedelta(weeks=project.reply_days // 7 + 2)


def _other(random: Random, trade: Trade, facts: dict[str, Any], decks: levers.Decks) -> Project:
    state = ProjectState(facts.get("state", ProjectState.PUBLISHED))
    quarter = Quarter(2026, 4) if state in _UNDER_WAY else Quarter(2027, 3) + random.randrange(5)
    return _project(random, trade, facts, quarter, decks)


_UNDER_WAY = frozenset({ProjectState.IN_TENDER, ProjectState.AWARDED})


def _lots(
    random: Random, trade: Trade, facts: dict[str, Any], planning: Planning, decks: levers.Decks
) -> Iterator[Lot]:
    if facts.get("whole"):
        yield Lot(0, drawn_facts(random, trade, facts, planning, title=None))
        return
    for number, label in enumerate(facts["lots"], 1):
        title, _, other = label.partition("@")
        lot = drawn_facts(random, Trade(other) if other else trade, facts, planning, title=title)
        yield Lot(number, _with_its_lever(random, lot, number, facts, decks))


def _with_its_lever(
    random: Random, lot: LotFacts, number: int, facts: Mapping[str, Any], decks: levers.Decks
) -> LotFacts:
    """The lever and hours that the file gives, else those drawn."""
    if "levers" not in facts:
        return levers.with_lever(random, lot, next(decks[lot.trade]))
    code = facts["levers"][number - 1]
    to = Reservation(facts["reservation"]) if "reservation" in facts else None
    given = levers.with_lever(random, lot, Lever(code) if code else None, to=to)
    return replace(given, hours_wanted=Decimal(facts["hours"][number - 1])) if "hours" in facts else given


def _author(random: Random, organisation: str, at: datetime) -> Person:
    """One of the buyer's people who already bought for it then."""
    return random.choice(
        [
            person
            for person in everyone()
            if person.since < at and Role.PURCHASING in dict(person.holds).get(organisation, frozenset())
        ]
    )


def _birth(random: Random, quarter: Quarter, state: ProjectState) -> tuple[datetime, datetime | None]:
    """Written some weeks before it was published, the nearer the consultation the longer ago."""
    if state is ProjectState.DRAFT:
        return working_instant(random, ANCHOR.date() - timedelta(days=random.randint(4, 45))), None
    before_consultation = (quarter.first_day - ANCHOR.date()).days
    soonest = 0.3 if state is ProjectState.PUBLISHED else 3
    months_ago = max(soonest, 12 - before_consultation / 45 + random.uniform(-3, 1.5))
    published_at = working_instant(random, ANCHOR.date() - timedelta(days=int(months_ago * 30)))
    return working_instant(random, published_at.date() - timedelta(days=random.randint(9, 60))), published_at


def _state_since(random: Random, state: ProjectState, created_at: datetime, published_at: datetime | None) -> datetime:
    if published_at is None:
        return created_at
    if state is ProjectState.PUBLISHED:
        return published_at
    return working_instant(random, ANCHOR.date() - timedelta(days=random.randint(5, 24)))


_SOCIAL_DIVISIONS = ("80", "85", "98513", "79620")


def procedure_for(cpv: str, family: PurchaseFamily, euros: Decimal | int) -> Procedure:
    """Social and specific services are always free of form (R2123-1); the rest follows the European thresholds."""
    if cpv.startswith(_SOCIAL_DIVISIONS):
        return Procedure.ADAPTED
    threshold = 5_404_000 if family is PurchaseFamily.WORKS else 216_000
    return Procedure.ADAPTED if euros < threshold else Procedure.OPEN
