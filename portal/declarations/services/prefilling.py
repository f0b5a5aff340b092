"""A month opens with the people of the one before: only what differs is left to type."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal.declarations import rules
from portal.declarations.models import Declaration, Delegation, Line
from portal.kernel.month import Month
from portal.storage.once import insert_each_once
from portal.vocabulary import DeclarationState

_Holder = tuple[int, int]
"""A contract and one of its declarants."""


def prefill(session: Session, declarations: Sequence[Declaration]) -> None:
    """Make each month that nobody has begun hold the people of the month before who have not left, without hours.

    Run again, it adds who was missing and takes out who has left meanwhile; a month begun is left to its author. A few
    statements for each month of the calendar, however many declarations and people.
    """
    session.flush()
    peopled = _peopled(session, {each.contract_id for each in declarations})
    expected = [
        each
        for each in declarations
        if each.state is DeclarationState.EXPECTED and (each.contract_id, each.organisation_id) in peopled
    ]
    for month, of_month in groupby(sorted(expected, key=lambda each: each.month), key=lambda each: each.month):
        _prefill(session, month, {(each.contract_id, each.organisation_id): each for each in of_month})


def prefill_after(session: Session, declaration: Declaration) -> None:
    """The months of the same declarant that follow on the same contract, once this one has changed."""
    following = select(Declaration).where(
        Declaration.contract_id == declaration.contract_id,
        Declaration.organisation_id == declaration.organisation_id,
        Declaration.month > declaration.month,
        Declaration.state == DeclarationState.EXPECTED,
    )
    prefill(session, session.scalars(following.execution_options(populate_existing=True)).all())


def take_out(session: Session, participant_id: int) -> None:
    """Out of the months where they are only expected: entered by mistake, they were never to be there."""
    expected = session.execute(
        select(Line.declaration_id, Line.id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .where(
            Line.participant_id == participant_id,
            Line.hours == 0,
            Line.exit_on.is_(None),
            Declaration.state == DeclarationState.EXPECTED,
        )
    )
    _apply(session, {declaration_id: _Change(removed=[line_id]) for declaration_id, line_id in expected})


@dataclass
class _Change:
    """What one month lacks, and what it holds in excess."""

    added: list[dict[str, Any]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


def _prefill(session: Session, month: Month, expected: Mapping[_Holder, Declaration]) -> None:
    session.flush()
    sources = _months_before(session, month, expected.keys())
    lines = _lines_of(session, [*sources.values(), *(each.id for each in expected.values())])
    employing = _employing(session, month, expected.keys())
    changes = {
        declaration.id: _change(declaration, lines[sources[holder]], lines[declaration.id], employing[holder])
        for holder, declaration in expected.items()
        if holder in sources
    }
    _apply(session, {id_: change for id_, change in changes.items() if change.added or change.removed})


def _peopled(session: Session, contract_ids: Collection[int]) -> set[_Holder]:
    """Who has ever put somebody in a month: the others have nobody to find there again."""
    if not contract_ids:
        return set()
    lines = exists().where(Line.declaration_id == Declaration.id)
    holders = select(Declaration.contract_id, Declaration.organisation_id).distinct()
    rows = session.execute(holders.where(Declaration.contract_id.in_(contract_ids), lines))
    return {(contract_id, organisation_id) for contract_id, organisation_id in rows}


def _months_before(session: Session, month: Month, holders: Collection[_Holder]) -> dict[_Holder, int]:
    """The last month before this one that was not suspended, held until the commit: its deposit waits, or is seen."""
    contracts = {contract_id for contract_id, _ in holders}
    latest = (
        select(Declaration.contract_id, Declaration.organisation_id, func.max(Declaration.month).label("month"))
        .where(
            Declaration.contract_id.in_(contracts),
            Declaration.month < month,
            Declaration.state != DeclarationState.SUSPENDED,
        )
        .group_by(Declaration.contract_id, Declaration.organisation_id)
        .subquery()
    )
    same = and_(
        Declaration.contract_id == latest.c.contract_id,
        Declaration.organisation_id == latest.c.organisation_id,
        Declaration.month == latest.c.month,
    )
    rows = session.execute(
        select(Declaration.contract_id, Declaration.organisation_id, Declaration.id)
        .join(latest, same)
        .order_by(Declaration.id)
        .with_for_update(read=True, of=Declaration)
    )
    return {(contract_id, organisation_id): id_ for contract_id, organisation_id, id_ in rows}


def _lines_of(session: Session, declaration_ids: Sequence[int]) -> Mapping[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    lines = select(Line).where(Line.declaration_id.in_(declaration_ids)).options(joinedload(Line.participant))
    for line in session.scalars(lines.order_by(Line.id).execution_options(populate_existing=True)):
        found[line.declaration_id].append(line)
    return found


def _employing(session: Session, month: Month, holders: Collection[_Holder]) -> Mapping[_Holder, set[int]]:
    """To whom each declarant entrusts lines of that month."""
    found: dict[_Holder, set[int]] = defaultdict(set)
    entrusted = select(Delegation.contract_id, Delegation.organisation_id, Delegation.employer_id).where(
        Delegation.contract_id.in_({contract_id for contract_id, _ in holders}),
        Delegation.since <= month,
        or_(Delegation.until.is_(None), Delegation.until >= month),
    )
    for contract_id, organisation_id, employer_id in session.execute(entrusted):
        found[contract_id, organisation_id].add(employer_id)
    return found


def _change(
    declaration: Declaration, before: Sequence[Line], now: Sequence[Line], employing: Collection[int]
) -> _Change:
    """Lines that tell something are nobody's to remove; nor is somebody whom an employer has just entered."""
    staying = [line for line in before if line.exit_on is None and line.employer_id in {None, *employing}]
    wanted = {line.participant_id for line in staying}
    left = {line.participant_id for line in before} - wanted
    known = {_person_at(line) for line in now} | {line.participant_id for line in now}
    change = _Change()
    change.removed = [
        line.id
        for line in now
        if not rules.tells_something(line)
        and line.participant_id not in wanted
        and (line.employer_id is None or line.participant_id in left)
    ]
    for line in staying:
        if not known & {_person_at(line), line.participant_id}:
            known |= {_person_at(line), line.participant_id}
            change.added.append(_expected(declaration, line))
    return change


def _person_at(line: Line) -> tuple[int, int | None]:
    return line.participant.person_id, line.employer_id


_KEPT = (
    "participant_id",
    "employer_id",
    "hiring_mode",
    "contract_type",
    "has_tutor",
    "entered_on",
    "age_band",
    "education",
)


def _expected(declaration: Declaration, line: Line) -> dict[str, Any]:
    kept = {name: getattr(line, name) for name in _KEPT}
    return {"declaration_id": declaration.id, "hours": 0, "training_hours": 0, **kept}


def _apply(session: Session, changes: Mapping[int, _Change]) -> None:
    """A page opened before would save lines that are no longer these: the version moves, unless somebody began."""
    if not changes:
        return
    begun_by_nobody = (
        update(Declaration)
        .where(Declaration.id.in_(changes), Declaration.state == DeclarationState.EXPECTED)
        .values(version=Declaration.version + 1)
        .returning(Declaration.id)
        .execution_options(synchronize_session=False)
    )
    held = sorted(session.scalars(begun_by_nobody))
    removed = [line_id for id_ in held for line_id in changes[id_].removed]
    if removed:
        session.execute(delete(Line).where(Line.id.in_(removed)).execution_options(synchronize_session=False))
    added = [row for id_ in held for row in changes[id_].added]
    insert_each_once(session, Line, added, told_by=Line.id)
    _forget_loaded(session, held)


def _forget_loaded(session: Session, ids: Collection[int]) -> None:
    for each in _loaded(session):
        if each.id in ids:
            session.expire(each)


def _loaded(session: Session) -> Iterator[Declaration]:
    return (each for each in session.identity_map.values() if isinstance(each, Declaration))
