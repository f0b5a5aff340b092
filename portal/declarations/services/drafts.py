"""The draft of a month: hours, exits, « néant »."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.declarations import policies, rules
from portal.declarations.facts import LineFacts
from portal.declarations.models import Declaration, Line
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.storage import ensure_current
from portal.vocabulary import DeclarationState


def save(
    session: Session,
    declaration: Declaration,
    rows: Sequence[LineFacts],
    comment: str | None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the draft as typed, even incomplete. Hours or an exit say that the month is not « néant ».

    Problems stand on `<field of LineFacts>_<line id>`: « hours_12 ». Raises NotFound for a line that is not its own.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    lines = {line.id: line for line in declaration.lines}
    for row in rows:
        _write(lines, row)
    if any(line.hours or line.exit_on for line in declaration.lines):
        declaration.is_nil = False
    declaration.comment = (comment or "").strip() or None
    begun(declaration, now)
    session.flush()


def say_nil(
    session: Session, declaration: Declaration, nil: bool, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Say that nobody worked on the contract that month, or take it back."""
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    if nil and any(line.hours or line.exit_on for line in declaration.lines):
        raise RuleViolation(
            typo("Ce mois porte des heures ou une sortie : effacez-les avant de dire que personne n’a travaillé."),
            "nil",
        )
    declaration.is_nil = nil
    begun(declaration, now)
    session.flush()


def begun(declaration: Declaration, now: datetime) -> None:
    """Note the hour; an expected month becomes a draft, a returned one stays to be corrected until its next deposit."""
    declaration.saved_at = now
    if declaration.state is DeclarationState.EXPECTED:
        declaration.state = DeclarationState.DRAFT


def _write(lines: dict[int, Line], row: LineFacts) -> None:
    line = lines.get(row.line_id)
    if line is None:
        raise NotFound
    line.hours, line.training_hours = row.hours, row.training_hours
    line.exit_on, line.exit_kind = row.exit_on, row.exit_kind
    rules.ensure_keepable(line)
