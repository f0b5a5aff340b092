"""The draft of a month: hours, exits, « néant »."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.declarations import policies, queries, rules
from portal.declarations.facts import LineFacts, MonthFacts
from portal.declarations.models import Declaration, DeclaredAction, Line
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.storage import ensure_current
from portal.vocabulary import ActionKind, DeclarationState


def save(
    session: Session,
    declaration: Declaration,
    rows: Sequence[LineFacts],
    told: MonthFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the draft as typed, even incomplete. Hours or an exit say that the month is not « néant ».

    Problems stand on `<field of LineFacts>_<line id>`: « hours_12 ». Raises NotFound for a line that is not its own, or
    that an employer fills in.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    write_lines({line.id: line for line in declaration.lines if line.employer_id is None}, rows)
    if any(rules.tells_something(line) for line in declaration.lines):
        declaration.is_nil = False
    _tell(declaration, told)
    begun(declaration, now)
    session.flush()


def say_nil(
    session: Session, declaration: Declaration, nil: bool, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Say that nobody worked on the contract that month, or take it back."""
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    if nil and any(rules.tells_something(line) for line in declaration.lines):
        raise RuleViolation(
            typo("Ce mois porte des heures ou une sortie : effacez-les avant de dire que personne n’a travaillé."),
            "nil",
        )
    declaration.is_nil = nil
    begun(declaration, now)
    session.flush()


def repeat_hours(
    session: Session, declaration: Declaration, *, expected_version: int, actor: Actor, now: datetime
) -> int:
    """Give their own hours of the month before to those of one's own people who have none yet; how many received some.

    Training is told anew each month: it is not repeated.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    before = queries.hours_before(session, declaration, own=True)
    silent = [line for line in declaration.lines if line.employer_id is None and not rules.tells_something(line)]
    repeated = [line for line in silent if line.participant.person_id in before]
    for line in repeated:
        line.hours = before[line.participant.person_id]
    if repeated:
        declaration.is_nil = False
    begun(declaration, now)
    session.flush()
    return len(repeated)


def begun(declaration: Declaration, now: datetime) -> None:
    """Note the hour; an expected month becomes a draft, a returned one stays to be corrected until its next deposit."""
    declaration.saved_at = now
    if declaration.state is DeclarationState.EXPECTED:
        declaration.state = DeclarationState.DRAFT


def write_lines(lines: Mapping[int, Line], rows: Sequence[LineFacts]) -> None:
    """Write on each line what is said of it. Raises NotFound for a row whose line is not among `lines`."""
    for row in rows:
        line = lines.get(row.line_id)
        if line is None:
            raise NotFound
        _write(line, row)


def _write(line: Line, row: LineFacts) -> None:
    line.hours, line.training_hours = row.hours, row.training_hours
    line.contract_type = row.contract_type or line.contract_type
    line.has_tutor = row.has_tutor
    line.exit_on, line.exit_kind = row.exit_on, row.exit_kind
    if row.explanation is not None:
        line.explanation = row.explanation.strip() or None
    rules.ensure_keepable(line)


def _tell(declaration: Declaration, told: MonthFacts) -> None:
    declaration.comment = _said(told.comment)
    declaration.people_progress = _said(told.people_progress)
    declaration.structure_progress = _said(told.structure_progress)
    declaration.explanation = _said(told.explanation)
    declaration.invoiced, declaration.paid_to_structures = told.invoiced, told.paid_to_structures
    declaration.labour_hours = told.labour_hours
    known = {done.action: done for done in declaration.actions}
    for action in known.keys() | told.actions.keys():
        _count(declaration, known.get(action), action, told.actions.get(action, 0))


def _count(declaration: Declaration, done: DeclaredAction | None, action: ActionKind, quantity: int) -> None:
    if done is not None and quantity:
        done.quantity = quantity
    elif done is not None:
        declaration.actions.remove(done)
    elif quantity:
        declaration.actions.append(DeclaredAction(action=action, quantity=quantity))


def _said(words: str | None) -> str | None:
    return (words or "").strip() or None
