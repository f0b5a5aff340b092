"""Months opened, filled in, handed in and answered: what the journal tells of each act, at its own instant."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from portal.demo.seeding.eligibility import Decided, decisions
from portal.demo.seeding.loading import Loader
from portal.demo.seeding.papers import Paper, Register, papers_of, retained_of, someone
from portal.demo.seeding.stage import Line, Stage, line_of
from portal.demo.world.months import Filing
from portal.vocabulary import DepositOutcome, Event, Permission

_FILE, _CHECK = Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK


class Story:
    """All the months, told act by act, then loaded in bulk."""

    def __init__(self, filings: Sequence[Filing]) -> None:
        self._register = Register(filings)
        self._papers: dict[int, list[Paper]] = {}
        self._loader = Loader(self._register)

    def lines(self) -> Iterator[Line]:
        filings = self._register.filings
        opened = Counter(filing.number for filing in filings)
        first = {filing.number: filing for filing in reversed(filings)}
        for number, filing in first.items():
            yield Line(filing.opened_at, partial(_opened, filing=filing, months=opened[number]))
        for index, filing in enumerate(filings):
            for number, handed in enumerate(filing.handed):
                yield Line(handed.at, partial(self._deposited, index=index, number=number))
                if handed.decided_at is not None:
                    yield Line(handed.decided_at, partial(self._answered, index=index, number=number))
                if handed.reopened_at is not None:
                    yield Line(handed.reopened_at, partial(self._reopened, index=index, number=number))
        for decided in decisions(filings):
            if decided.at is not None:
                yield Line(decided.at, partial(self._decided, decided=decided))

    def load(self, stage: Stage, year: int) -> None:
        """The rows of a year whose acts have all been told."""
        told = [index for index, filing in enumerate(self._register.filings) if filing.number // 12 == year]
        self._loader.load(stage, told, {index: self._of(stage, index) for index in told})
        self._papers.clear()

    def finish(self, stage: Stage) -> None:
        self._loader.finish(stage)

    def _of(self, stage: Stage, index: int) -> list[Paper]:
        if index not in self._papers:
            self._papers[index] = papers_of(stage, self._register, index)
        return self._papers[index]

    def _deposited(self, stage: Stage, *, index: int, number: int) -> dict[str, Any]:
        paper = self._of(stage, index)[number]
        after = {"number": paper.number, "hours": str(paper.hours), "people": len(paper.lines), "sha256": paper.sha256}
        return _line(stage, paper, Event.DECLARATION_DEPOSITED, paper.handed.at, after)

    def _answered(self, stage: Stage, *, index: int, number: int) -> dict[str, Any]:
        paper = self._of(stage, index)[number]
        if paper.handed.outcome is DepositOutcome.RETURNED:
            return _line(stage, paper, Event.DECLARATION_RETURNED, paper.handed.decided_at, {"number": paper.number})
        after = {"number": paper.number, "declared": str(paper.hours), "retained": str(retained_of(paper))}
        return _line(stage, paper, Event.DECLARATION_ACCEPTED, paper.handed.decided_at, after)

    def _reopened(self, stage: Stage, *, index: int, number: int) -> dict[str, Any]:
        paper = self._of(stage, index)[number]
        return _line(stage, paper, Event.DECLARATION_REOPENED, paper.handed.reopened_at, {"number": paper.number})

    def _decided(self, stage: Stage, *, decided: Decided) -> dict[str, Any]:
        """Never the criterion, nor what tells a person from another, as the service."""
        id_, _ = self._register.people[id(decided.person)].named
        contract = stage.contracts[decided.contract.bought.number]
        after = {"state": decided.state.value, "contract": contract.reference}
        subject = ("person", id_, f"une personne du marché {contract.number}")
        assert decided.at is not None  # noqa: S101 — narrows the type
        who = someone(stage, decided.contract.follower, _CHECK, decided.at)
        return line_of(Event.ELIGIBILITY_DECIDED, subject, who, decided.at, after)


def _opened(stage: Stage, *, filing: Filing, months: int) -> dict[str, Any]:
    after = {"opened": months, "suspended_or_resumed": 0}
    subject = ("declarations", 0, f"jusqu’à {filing.month.label}")
    return line_of(Event.DECLARATIONS_OPENED, subject, None, filing.opened_at, after)


def _line(stage: Stage, paper: Paper, event: Event, at: datetime | None, after: dict[str, Any]) -> dict[str, Any]:
    assert at is not None  # noqa: S101 — narrows the type
    post = paper.filing.post
    contract = stage.contracts[post.contract.bought.number]
    label = f"{paper.filing.month.label}, {contract.number}, {stage.organisations[post.holder.body.key].shown_name}"
    files = event is Event.DECLARATION_DEPOSITED
    who = someone(stage, post.holder.body.key if files else post.contract.follower, _FILE if files else _CHECK, at)
    return line_of(event, ("declaration", paper.index + 1, label), who, at, after)
