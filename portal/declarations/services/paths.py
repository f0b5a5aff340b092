"""The paths of people in a contract: what its accepted months say, and nothing else."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, insert, or_, select
from sqlalchemy.orm import Session

from portal.declarations import rules
from portal.declarations.facts import PathLine
from portal.declarations.models import Declaration, DepositLine, Line, Participant, Path
from portal.declarations.models import WorkedMonth as Worked
from portal.declarations.queries.reach import is_counted
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState


def ensure_follow(
    session: Session,
    declaration: Declaration,
    lines: Sequence[Line | DepositLine],
    states: Collection[DeclarationState],
) -> None:
    """Raises RuleViolation when these lines contradict the other months of their people, in one of these states."""
    people = {line.participant.person_id for line in lines}
    told = _told(session, declaration, people, states)
    others = [line for line in told if line.month != declaration.month]
    own = [_month_of(line.participant.person_id, declaration.month, line, line.id) for line in lines]
    rules.ensure_paths_follow([*others, *own])


def refresh(session: Session, declaration: Declaration, people: Collection[int]) -> None:
    """Make the paths of these people, in this contract and for this declarant, say what accepted months say."""
    session.flush()
    wanted = rules.paths_of(_told(session, declaration, people, {DeclarationState.ACCEPTED}))
    known = {(path.person_id, path.entered_on): path for path in session.scalars(_known(declaration, people))}
    for key, path in known.items():
        if key in wanted:
            path.exit_on, path.exit_kind = wanted[key][-1].exit_on, wanted[key][-1].exit_kind
        else:
            session.delete(path)
    session.flush()
    entered = [_new(declaration, months) for key, months in wanted.items() if key not in known]
    if entered:
        session.execute(insert(Path).execution_options(render_nulls=True), entered)


def _known(declaration: Declaration, people: Collection[int]) -> Select[Path]:
    return select(Path).where(
        Path.contract_id == declaration.contract_id,
        Path.organisation_id == declaration.organisation_id,
        Path.person_id.in_(people),
    )


def _told(
    session: Session, declaration: Declaration, people: Collection[int], states: Collection[DeclarationState]
) -> list[PathLine]:
    """The lines of these people on this contract. Of a month that is filed, working lines that tell something are those
    of its deposit."""
    rows = session.execute(
        select(Participant.person_id, Declaration.month, Line)
        .join(Line, Line.participant_id == Participant.id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .where(
            Participant.person_id.in_(people),
            Declaration.contract_id == declaration.contract_id,
            Declaration.organisation_id == declaration.organisation_id,
            Declaration.state.in_(states),
            Declaration.is_nil.is_(False),
            or_(Line.hours > 0, Line.exit_on.is_not(None)),
            is_counted(),
        )
    )
    return [_month_of(person_id, month, line, None) for person_id, month, line in rows]


def _month_of(person_id: int, month: Month, line: Worked, line_id: int | None) -> PathLine:
    return PathLine(
        person_id=person_id,
        month=month,
        entered_on=line.entered_on,
        exit_on=line.exit_on,
        exit_kind=line.exit_kind,
        hiring_mode=line.hiring_mode,
        contract_type=line.contract_type,
        age_band=line.age_band,
        education=line.education,
        line_id=line_id,
    )


def _new(declaration: Declaration, months: Sequence[PathLine]) -> dict[str, object]:
    entry, last = months[0], months[-1]
    return {
        "person_id": entry.person_id,
        "contract_id": declaration.contract_id,
        "organisation_id": declaration.organisation_id,
        "entered_on": entry.entered_on,
        "age_band": entry.age_band,
        "education": entry.education,
        "hiring_mode": entry.hiring_mode,
        "contract_type": entry.contract_type,
        "exit_on": last.exit_on,
        "exit_kind": last.exit_kind,
    }
