"""Projects: written, published, changed, opened to tenders, given up.

The rows are those that the forecast's services leave (a test compares), but the public list is made once, at the end:
through the services it would be made anew after each change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType

from portal.demo.seeding import contracts
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.contracts import Contract
from portal.demo.world.history import Change as LotChange
from portal.demo.world.past import BUYER, FORMER_BUYER, TAKEN_OVER
from portal.demo.world.people import Person, everyone
from portal.demo.world.places import TOWNS
from portal.demo.world.purchases import Project as Planned
from portal.demo.world.purchases import all_projects
from portal.demo.world.texts import words
from portal.forecast import wording
from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.listing import rebuild
from portal.forecast.models import LegalCheck, Lot, Project, ReferenceSeries, Renewal, Revision
from portal.forecast.rules import softened
from portal.forecast.services import mark_public_change
from portal.forecast.services.history import record
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.french import format_date
from portal.kernel.text import slug
from portal.vocabulary import Event, Lever, ProjectState, Role

LAWYER = next(person for person in everyone() if person.key == Role.LEGAL)
_PLACES = {town.code: town.name for town in TOWNS}
_STEPS: Mapping[ProjectState, tuple[str, str, str]] = MappingProxyType(
    {
        ProjectState.PUBLISHED: ("project.published", "published", "Projet publié"),
        ProjectState.IN_TENDER: ("project.tender_opened", "in_tender", "Consultation ouverte"),
        ProjectState.DROPPED: ("project.dropped", "dropped", "Projet abandonné"),
    }
)
"""For each state: the journal's event, then the revision's field and words."""


_NO_AWARDS: "Awards" = MappingProxyType({})
Awards = Mapping[int, Contract]
"""By the number of the lot: the contract that ended its consultation."""


def acts(made: Sequence[Contract]) -> Iterator[Act]:
    """Each project from its first line, numbered in the order in which its buyer wrote it."""
    given: Counter[tuple[str, int]] = Counter()
    awarded = {id(contract.bought.project): contract.bought.project for contract in made}
    awards: defaultdict[tuple[str, datetime], dict[int, Contract]] = defaultdict(dict)
    for contract in made:
        awards[_key(contract.bought.project)][contract.bought.lot.number] = contract
    planned = [project for project in all_projects() if project.state is not ProjectState.AWARDED]
    for project in sorted([*planned, *awarded.values()], key=lambda project: (project.created_at, project.title)):
        year = clock.paris_date(project.created_at).year
        given[project.buyer, year] += 1
        yield from Story(project, year, given[project.buyer, year], awards.get(_key(project), {})).acts()


def _key(project: Planned) -> tuple[str, datetime]:
    return project.title, project.created_at


def finish(stage: Stage, now: datetime) -> None:
    """Leave the numbering where it stands, and make the public list."""
    stage.session.flush()
    given = Counter((project.buyer_id, project.year) for project in stage.projects)
    stage.session.add_all(
        ReferenceSeries(buyer_id=buyer_id, year=year, last_number=count) for (buyer_id, year), count in given.items()
    )
    _renew(stage)
    rebuild(stage.session)
    mark_public_change(stage.session, now=now)


def _renew(stage: Stage) -> None:
    """Tie each project to the contracts that it says it replaces, lot by lot."""
    for project in stage.projects:
        number = str(project.lots[0].replaced_contract).removeprefix("Marché ") if project.lots else ""
        if not number or project.state is ProjectState.AWARDED:
            continue
        renewed = [stage.contracts.get(each) for each in (number, *(f"{number}-{lot.number}" for lot in project.lots))]
        stage.session.add_all(
            Renewal(project_id=project.id, contract_id=contract.id) for contract in renewed if contract is not None
        )
    stage.session.flush()


class Story:
    """One project, told act by act."""

    def __init__(self, planned: Planned, year: int, number: int, awards: Awards = _NO_AWARDS) -> None:
        self._planned, self._awards = planned, awards
        self._year, self._number = year, number
        self._lots = {lot.number: lot for lot in planned.lots_at_first}
        self._row: Project

    def acts(self) -> Iterator[Act]:
        planned = self._planned
        yield Act(planned.created_at, self._create)
        if planned.published_at is None:
            return
        yield Act(planned.published_at, partial(self._move, state=ProjectState.PUBLISHED))
        for done, change in enumerate(planned.changes, 1):
            after = {lot.number: lot.facts for lot in planned.lots_after(done)}
            yield Act(change.at, partial(self._revise, change=change, after=after))
        if planned.tendered_at is not None:
            yield Act(planned.tendered_at, partial(self._move, state=ProjectState.IN_TENDER))
        if planned.state is ProjectState.AWARDED:
            yield Act(planned.state_since, self._award)
        if planned.state is ProjectState.DROPPED:
            yield Act(planned.state_since, partial(self._move, state=planned.state))

    def _author(self, now: datetime) -> Person:
        """Who wrote it, or who took over from her."""
        planned = self._planned.author
        return BUYER if planned is FORMER_BUYER and now > BUYER.since + TAKEN_OVER else planned

    def checker(self, now: datetime) -> Person:
        """The legal department, once there is one."""
        has = LAWYER.home == self._planned.buyer and LAWYER.since <= now
        return LAWYER if has else self._author(now)

    def _create(self, stage: Stage, now: datetime) -> None:
        buyer = stage.organisations[self._planned.buyer]
        self._row = Project(
            buyer=buyer,
            reference=f"{slug(buyer.shown_name)}-{self._year}-{self._number:04}",
            year=self._year,
            number=self._number,
            allotment_defined=self._planned.allotment_defined,
            state=ProjectState.DRAFT,
            state_since=now,
            created_at=now,
            created_by=stage.account_id(self._planned.author),
            written_by=stage.account_id(self._planned.author),
            saved_at=now,
            version=len(self._lots),
            all_lots=[_lot(number, softened(lot.facts), now) for number, lot in self._lots.items()],
        )
        self._row.tell(self._planned.facts)
        stage.session.add(self._row)
        stage.session.flush()
        stage.projects.append(self._row)
        self._record(stage, now, "project.created")
        for lot in self._row.all_lots[1:]:
            self._record(stage, now, "lot.added", [Change("lot_added", "Nouveau lot", None, _shown(lot), True)])
        for lot in self._row.all_lots:
            self._check(stage, now, lot, self._lots[lot.number].facts)

    def _move(self, stage: Stage, now: datetime, *, state: ProjectState) -> None:
        project = self._row
        project.state, project.state_since, project.saved_at = state, now, now
        project.version += 1
        if state is ProjectState.PUBLISHED:
            project.published_at = now
        project.tender_url, project.offers_due_on = self._planned.tender_of(state)
        event, field, label = _STEPS[state]
        due_on = project.offers_due_on
        step = Change(field, label, None, f"jusqu’au {format_date(due_on)}" if due_on else None, False)
        reason = words("reasons")["dropped"][self._planned.title] if state is ProjectState.DROPPED else None
        self._tell(stage, now, None, [step], reason)
        self._record(stage, now, event)

    def _award(self, stage: Stage, now: datetime) -> None:
        """Each lot its contract, then the end of the project: what `award_lot` leaves, lot after lot."""
        project = self._row
        left = [lot for lot in project.lots if lot.award is None]
        author = stage.acting(self._author(now))
        project.state, project.state_since, project.saved_at = ProjectState.AWARDED, now, now
        contracts.award(stage, left, self._awards, author, now)
        for lot in left:
            contract = stage.contracts[self._awards[lot.number].bought.number]
            lot.version += 1
            project.version += 1
            change = Change("lot_awarded", "Attribution", None, wording.holders_words(contract), False)
            self._tell(stage, now, lot, [change], None)
            self._record(stage, now, "lot.awarded", [change], lot)
        if len(project.lots) > 1:
            label = "Toutes les consultations du projet sont closes"
            self._tell(stage, now, None, [Change("awarded", label, None, None, False)], None)
        self._record(stage, now, "project.awarded")

    def _revise(self, stage: Stage, now: datetime, *, change: LotChange, after: Mapping[int, LotFacts]) -> None:
        self._row.saved_at = now
        for lot in self._row.all_lots:
            if lot.number not in change.lot_numbers:
                continue
            written = undecided(lot.facts, after[lot.number])
            if written != lot.facts:
                self._write(stage, now, lot, written, change.reason)
            self._check(stage, now, lot, after[lot.number])

    def _write(self, stage: Stage, now: datetime, lot: Lot, facts: LotFacts, reason: str | None) -> None:
        before = lot.facts
        lot.tell(facts)
        lot.version += 1
        self._row.version += 1
        changes = wording.lot_changes(before, lot.facts, _PLACES)
        if changes:
            self._row.written_by = stage.account_id(self._author(now))
        self._tell(stage, now, lot, changes, reason)
        self._record(stage, now, "lot.revised", changes, lot)

    def _check(self, stage: Stage, now: datetime, lot: Lot, facts: LotFacts) -> None:
        """What `check_lever` leaves, for each lever that these facts decide and the lot does not yet."""
        for choice in newly_decided(lot.facts, facts):
            before = lot.facts
            lot.tell(before.with_choice(choice))
            lot.version += 1
            self._row.version += 1
            actor = stage.acting(self.checker(now))
            stage.session.add(
                LegalCheck(
                    lot_id=lot.id,
                    lever=choice.lever,
                    reservation=choice.reservation,
                    outcome=choice.state,
                    reason=choice.reason,
                    at=now,
                    checked_by=actor.account_id,
                    by_label=actor.label,
                )
            )
            changes = wording.lot_changes(before, lot.facts, _PLACES)
            if self._row.is_public:
                self._tell(stage, now, lot, changes, choice.reason)
            record(stage.session, Event.LEVER_CHECKED, self._row, actor=actor, now=now, changes=changes, lot=lot)

    def _tell(
        self, stage: Stage, now: datetime, lot: Lot | None, changes: Sequence[Change], reason: str | None
    ) -> None:
        stage.session.add_all(
            Revision(
                project_id=self._row.id,
                lot_id=lot.id if lot else None,
                at=now,
                by_label=self._planned.service,
                field=change.field,
                label=change.label,
                before=change.before,
                after=change.after,
                reason=reason,
            )
            for change in changes
        )

    def _record(
        self, stage: Stage, now: datetime, event: str, changes: Sequence[Change] = (), lot: Lot | None = None
    ) -> None:
        actor = stage.acting(self._author(now))
        record(stage.session, event, self._row, actor=actor, now=now, changes=changes, lot=lot)


def newly_decided(before: LotFacts, after: LotFacts) -> list[LeverChoice]:
    """The levers that one state of a lot decides and the other does not."""
    return [choice for choice in after.levers if choice.is_decided and not _decides(before, choice)]


def undecided(before: LotFacts, after: LotFacts) -> LotFacts:
    """What a person may write of a change: without what only a check decides."""
    checked = {choice.lever for choice in newly_decided(before, after)}
    kept = tuple(choice for choice in before.levers if choice.lever in checked)
    levers = (*kept, *(choice for choice in after.levers if choice.lever not in checked))
    return replace(after, levers=tuple(sorted(levers, key=lambda choice: list(Lever).index(choice.lever))))


def _decides(lot: LotFacts, choice: LeverChoice) -> bool:
    known = lot.choice(choice.lever)
    return known is not None and known.is_decided and known.reservation is choice.reservation


def _lot(number: int, facts: LotFacts, now: datetime) -> Lot:
    lot = Lot(number=number, created_at=now)
    lot.tell(facts)
    return lot


def _shown(lot: Lot) -> str:
    return f"lot {lot.number}, {lot.title}"
