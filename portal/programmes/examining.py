"""What each project of a programme would do to the forecast as it stands. Reads, and writes nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.directory.models import Organisation
from portal.forecast import queries as forecast
from portal.forecast import wording
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.models import Lot, Project
from portal.forecast.wording import Change
from portal.programmes import rules
from portal.programmes.resolving import Resolved, Words
from portal.programmes.rows import ReadRow
from portal.vocabulary import ProjectState


class Kind(StrEnum):
    """What becomes of one project of the file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BY_HAND = "by_hand"
    """It is public, or being checked: what differs is told, and changes on its own form, with its reason."""
    LEFT = "left"
    FAULTY = "faulty"


@dataclass(frozen=True)
class LotPlan:
    """What one row would make of one lot; `lot` is None for a lot to add."""

    lot: Lot | None
    facts: LotFacts
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Examined:
    """One project of the file: the rows of one reference."""

    reference: str
    title: str
    lines: Sequence[int]
    kind: Kind
    project: Project | None = None
    facts: ProjectFacts | None = None
    changes: Sequence[Change] = ()
    """Of what all its lots share."""
    lots: Sequence[LotPlan] = ()
    allotted: bool = False
    faults: Sequence[tuple[int, str]] = ()
    remarks: Sequence[str] = ()
    left: str | None = None
    """Why nothing is taken of it."""

    @property
    def told(self) -> list[tuple[int | None, Change]]:
        """Every difference with what is known, and the number of the lot it is about."""
        of_lots = [(plan.lot.number if plan.lot else None, change) for plan in self.lots for change in plan.changes]
        return [*((None, change) for change in self.changes), *of_lots]


@dataclass(frozen=True)
class Examination:
    projects: Sequence[Examined]
    row_count: int
    _by_kind: dict[Kind, list[Examined]] = field(init=False, default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for each in self.projects:
            self._by_kind[each.kind].append(each)

    def of(self, kind: Kind) -> Sequence[Examined]:
        return self._by_kind.get(kind, [])

    @property
    def to_take(self) -> list[Examined]:
        return [*self.of(Kind.NEW), *self.of(Kind.CHANGED)]

    @property
    def faults(self) -> list[tuple[int, str, str]]:
        """Line, reference, reason: in the order of the file."""
        return sorted((line, each.reference, words) for each in self.of(Kind.FAULTY) for line, words in each.faults)

    @cached_property
    def digest(self) -> str:
        """What the person was shown: what is taken must be the same."""
        shown = [
            (each.reference, each.kind.value, [(n, c.before, c.after) for n, c in each.told]) for each in self.projects
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def examine(session: Session, buyer: Organisation, rows: Sequence[ReadRow], today: date) -> Examination:
    """A fixed number of statements, however many rows."""
    words = Words(session, buyer, rows)
    resolved = {row.line: words.resolve(row) for row in rows}
    groups: dict[str, list[ReadRow]] = {}
    for row in rows:
        groups.setdefault(row.reference or f"\0{row.line}", []).append(row)
    known = _known(session, buyer.id, [row.reference for row in rows if row.reference])
    places = {code for each in resolved.values() for code in each.facts.get("commune_codes", ())}
    lots = [lot for project in known.values() for lot in project.lots]
    places |= {code for lot in lots for code in lot.commune_codes}
    cpv = {each.facts["cpv_code"] for each in resolved.values() if "cpv_code" in each.facts}
    cpv |= {lot.cpv_code for lot in lots if lot.cpv_code}
    names = forecast.names_of(session, places, cpv)
    examined = [
        _Group(group, resolved, known.get(reference), names, today).examined() for reference, group in groups.items()
    ]
    return Examination(examined, len(rows))


def _known(session: Session, buyer_id: int, references: Iterable[str]) -> dict[str, Project]:
    mine = select(Project).where(Project.buyer_id == buyer_id, Project.own_reference.in_(set(references)))
    found = session.scalars(mine.options(selectinload(Project.all_lots))).all()
    return {project.own_reference or "": project for project in found}


class _Group:
    """The rows of one reference."""

    def __init__(
        self,
        rows: Sequence[ReadRow],
        resolved: Mapping[int, Resolved],
        project: Project | None,
        names: wording.Names,
        today: date,
    ) -> None:
        self._rows, self._resolved, self._project = rules.in_order(rows), resolved, project
        self._names, self._today = names, today
        self._remarks = [words for row in rows for words in (*row.remarks, *resolved[row.line].remarks)]

    def examined(self) -> Examined:
        faults = [(row.line, words) for row in self._rows for words in (*row.faults, *self._resolved[row.line].faults)]
        if not faults:
            faults = list(rules.disagreements(self._rows))
        if faults:
            return self._told(Kind.FAULTY, faults=self._with_others(faults))
        if reason := self._left():
            return self._told(Kind.LEFT, left=reason)
        return self._of_known(self._project) if self._project else self._new()

    def _left(self) -> str | None:
        if ended := next((row.ended for row in self._rows if row.ended), None):
            return ended
        state = self._project.state if self._project else ProjectState.DRAFT
        return f"ce projet est « {state.label} » sur le portail" if state in _OVER else None

    def _new(self) -> Examined:
        guessed = [rules.new_lot(row, self._lot_facts(row)) for row in self._rows]
        project, remark = rules.new_project(rules.shared(self._rows), guessed[0].facts)
        self._remarks += [words for each in guessed for words in each.remarks] + remark
        faults = [
            (row.line, words)
            for row, each in zip(self._rows, guessed, strict=True)
            for words in rules.problems_of_lot(each, None, self._today, is_alone=len(self._rows) == 1)
        ]
        if project is None:
            faults.append((self._rows[0].line, "Ce projet est nouveau, et n’a pas d’intitulé."))
        if faults:
            return self._told(Kind.FAULTY, faults=self._with_others(faults))
        lots = [LotPlan(None, each.facts) for each in guessed if each.facts]
        return self._told(Kind.NEW, facts=project, lots=lots, allotted=any(row.names_a_lot for row in self._rows))

    def _of_known(self, project: Project) -> Examined:
        after = replace(project.facts, **rules.shared(self._rows))
        plans, faults = [], []
        for row in self._rows:
            plan, problems = self._plan(project, row)
            faults += [(row.line, words) for words in problems]
            plans += [plan] if plan else []
        if faults:
            return self._told(Kind.FAULTY, faults=self._with_others(faults))
        changes = wording.project_changes(project.facts, after)
        changed = after != project.facts or any(plan.changes for plan in plans)
        kind = Kind.UNCHANGED if not changed else Kind.CHANGED if project.state is ProjectState.DRAFT else Kind.BY_HAND
        return self._told(kind, facts=after, changes=changes, lots=[plan for plan in plans if plan.changes])

    def _plan(self, project: Project, row: ReadRow) -> tuple[LotPlan | None, list[str]]:
        """What a row makes of the lot it is about; None when it is about none that lives."""
        lot, is_gone = rules.lot_named(project, row, self._rows)
        told = self._lot_facts(row)
        if is_gone:
            self._remarks.append("ce lot a été retiré du projet : non repris")
            return None, []
        if lot is None and not row.names_a_lot:
            self._remarks.append("plusieurs lots sur le portail, aucun nommé ici : seul le projet est comparé")
            return None, []
        if lot is None:
            guessed = rules.new_lot(row, told, project.lots[-1].facts)
            self._remarks += guessed.remarks
            problems = rules.problems_of_lot(guessed, None, self._today, is_alone=False)
            added = Change(
                "lot_added", "Nouveau lot", None, row.lot_title or f"lot {row.lot_number}", needs_reason=True
            )
            return (LotPlan(None, guessed.facts, [added]) if guessed.facts else None), problems
        after = rules.revised(lot.facts, told, row.levers)
        problems = rules.problems_of_lot(rules.Guessed(after, ()), lot.facts, self._today, is_alone=True)
        return LotPlan(lot, after, rules.told_changes(lot.facts, after, self._names)), problems

    def _lot_facts(self, row: ReadRow) -> dict[str, Any]:
        title = {"title": row.lot_title} if row.lot_title else {}
        return {**row.lot, **self._resolved[row.line].facts, **title}

    def _with_others(self, faults: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """With the rows that wait for those: a project is taken whole."""
        wrong = {line for line, _ in faults}
        first = min(wrong)
        waiting = f"La ligne {first} du même projet est à corriger : il est repris entier."
        return [*faults, *((row.line, waiting) for row in self._rows if row.line not in wrong)]

    def _told(self, kind: Kind, **told: Any) -> Examined:
        title = rules.shared(self._rows).get("title") or (self._project.title if self._project else "")
        return Examined(
            self._rows[0].reference or "",
            title,
            [row.line for row in self._rows],
            kind,
            project=self._project,
            remarks=tuple(dict.fromkeys(self._remarks)),
            **told,
        )


_OVER = (ProjectState.IN_TENDER, ProjectState.AWARDED, ProjectState.DROPPED)
