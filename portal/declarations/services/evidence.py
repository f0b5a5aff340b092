"""Files that prove a month: brought while it is filled in, each opening journaled, never erased once deposited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from portal.declarations import policies, queries, rules
from portal.declarations.models import Declaration, Evidence, Line
from portal.declarations.queries.evidence import Piece, never_deposited, part_of, pieces_of
from portal.declarations.services import telling
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.kernel.french import typo
from portal.pieces import files
from portal.pieces import services as pieces
from portal.pieces.files import Staged
from portal.pieces.keepers import Keeper
from portal.vocabulary import DeclarationState, EvidenceKind

MOST_PIECES = 200
NOT_YOURS = "Seul celui qui a joint cette pièce peut la retirer."
_UNTIL_COMMIT = {"key_share": True}
"""As strong as an update: a stronger lock would wait for lines that somebody else adds, who may wait for the part."""


@dataclass(frozen=True, kw_only=True)
class NewEvidence:
    """A file brought: what it proves, and whose line; None: the whole month."""

    kind: EvidenceKind
    line_id: int | None
    media_type: str


def add(
    session: Session, declaration: Declaration, facts: NewEvidence, staged: Staged, *, actor: Actor, now: datetime
) -> Evidence:
    """Keep the file and say what it proves. Raises RuleViolation on `file` for one that the month already has."""
    employer_id = _hold(session, declaration, actor)
    line = queries.line_of(declaration, facts.line_id) if facts.line_id is not None else None
    _ensure_own(declaration, line, employer_id)
    _ensure_new(pieces_of(session, actor, declaration), staged.sha256)
    evidence = Evidence(
        declaration_id=declaration.id,
        participant_id=line.participant_id if line else None,
        file_id=pieces.store(session, staged, facts.media_type, now=now),
        kind=facts.kind,
        organisation_id=employer_id or declaration.organisation_id,
        added_at=now,
        added_by_label=actor.label[:300],
    )
    session.add(evidence)
    session.flush()
    _record(session, "evidence.added", declaration, evidence, actor, now)
    return evidence


def remove(session: Session, declaration: Declaration, piece: Piece, *, actor: Actor, now: datetime) -> None:
    """Take one's own file out of the month being filled in; a deposit that names it keeps it."""
    employer_id = _hold(session, declaration, actor)
    evidence = piece.evidence
    session.refresh(evidence, ["removed_at"])
    if evidence.organisation_id != (employer_id or declaration.organisation_id):
        raise Refused(NOT_YOURS)
    if evidence.removed_at is not None:
        raise RuleViolation("Cette pièce est déjà retirée.")
    evidence.removed_at, evidence.removed_by_label = now, actor.label[:300]
    session.flush()
    _record(session, "evidence.removed", declaration, evidence, actor, now)


def note_opening(session: Session, declaration: Declaration, piece: Piece, *, actor: Actor, now: datetime) -> None:
    _record(session, "evidence.opened", declaration, piece.evidence, actor, now)


def may_bring(session: Session, actor: Actor, declaration: Declaration) -> bool:
    """Whether this actor may add or remove files of the month, as it stands."""
    if policies.can_file(actor, declaration):
        return declaration.state in DeclarationState.awaited()
    part = part_of(session, actor, declaration)
    return part is not None and policies.is_to_fill(part)


def _outlived(now: datetime) -> ColumnElement[bool]:
    return never_deposited() & (Evidence.removed_at < now - files.SETTLED)


KEEPER = Keeper("pièces oubliées", Evidence, _outlived)
"""Files removed before any deposit named them."""


def _hold(session: Session, declaration: Declaration, actor: Actor) -> int | None:
    """Keep the month from being deposited meanwhile; the employer in whose name the actor acts, None for the declarant.

    Raises Refused, or RuleViolation once the month or the part is no longer being filled in.
    """
    part = None if policies.can_file(actor, declaration) else part_of(session, actor, declaration)
    if part is None:
        policies.ensure_can_file(actor, declaration)
    session.refresh(declaration, ["state"], with_for_update=_UNTIL_COMMIT)
    rules.ensure_awaited(declaration.state)
    if part is None:
        return None
    session.refresh(part, ["state"], with_for_update=_UNTIL_COMMIT)
    if not policies.is_to_fill(part):
        raise RuleViolation("Votre part est remise : ses pièces ne changent plus.")
    return part.employer_id


def _ensure_own(declaration: Declaration, line: Line | None, employer_id: int | None) -> None:
    """An employer knows its own lines only; the declarant, none of a part that is not handed."""
    known = declaration.counted_lines if employer_id is None else declaration.lines_of(employer_id)
    if line is not None and line not in known:
        raise NotFound


def _ensure_new(present: Sequence[Piece], sha256: str) -> None:
    kept = [piece for piece in present if piece.is_kept]
    twin = next((piece for piece in kept if piece.evidence.sha256 == sha256), None)
    if twin is not None:
        label = twin.evidence.kind.label
        raise RuleViolation(typo(f"Ce fichier est déjà joint à ce mois : pièce {twin.number}, « {label} »."), "file")
    if len(kept) >= MOST_PIECES:
        raise RuleViolation(
            f"Ce mois porte déjà {MOST_PIECES} pièces : réunissez les suivantes en un seul PDF.", "file"
        )


def _record(
    session: Session, event: str, declaration: Declaration, evidence: Evidence, actor: Actor, now: datetime
) -> None:
    told = {"piece": evidence.public_id, "kind": evidence.kind.label, "sha256": evidence.sha256}
    telling.record(session, event, declaration, actor=actor, now=now, **told)
