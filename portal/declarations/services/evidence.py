"""Files that prove a month: brought while it is filled in, each opening journaled, never erased once deposited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from portal.declarations import files, policies, queries, rules
from portal.declarations.files import Staged
from portal.declarations.models import Declaration, Evidence, Line, StoredFile
from portal.declarations.queries.evidence import Piece, never_deposited, part_of, pieces_of
from portal.declarations.services import telling
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.kernel.french import typo
from portal.storage.once import insert_once
from portal.vocabulary import DeclarationState, EvidenceKind

MOST_PIECES = 200
NOT_YOURS = "Seul celui qui a joint cette pièce peut la retirer."
_BATCH = 500
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
        file_id=_stored(session, staged, facts.media_type, now),
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


def count_removed(session: Session, *, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Evidence).where(_outlived(now))) or 0


def forget_removed(session: Session, *, now: datetime) -> int:
    """Let go of files removed before any deposit named them; how many. What is on the disk is swept afterwards."""
    gone = session.scalars(select(Evidence.id).where(_outlived(now))).all()
    session.execute(update(Evidence).where(Evidence.id.in_(gone)).values(file_id=None))
    is_named = exists().where(Evidence.file_id == StoredFile.id)
    unnamed = session.scalars(select(StoredFile.id).where(~is_named).order_by(StoredFile.id).with_for_update()).all()
    session.execute(delete(StoredFile).where(StoredFile.id.in_(unnamed), ~is_named))
    return len(gone)


def unnamed(session: Session, on_disk: Sequence[str]) -> list[str]:
    """Those of the hashes that no row names."""
    named: set[str] = set()
    for start in range(0, len(on_disk), _BATCH):
        batch = on_disk[start : start + _BATCH]
        named.update(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(batch))))
    return [sha256 for sha256 in on_disk if sha256 not in named]


def sweep(session: Session, sha256: str, *, now: datetime) -> bool:
    """Erase from the disk a file that no row names; whether it did.

    Holding the key of its row keeps an upload of the same content waiting: it writes the file again afterwards.
    """
    if not insert_once(session, StoredFile, sha256=sha256, media_type="", size=1, created_at=now):
        return False
    files.path_of(sha256).unlink(missing_ok=True)
    session.execute(delete(StoredFile).where(StoredFile.sha256 == sha256))
    return True


def _outlived(now: datetime) -> ColumnElement[bool]:
    return never_deposited() & (Evidence.removed_at < now - files.SETTLED)


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


def _ensure_new(pieces: Sequence[Piece], sha256: str) -> None:
    kept = [piece for piece in pieces if piece.is_kept]
    twin = next((piece for piece in kept if piece.evidence.sha256 == sha256), None)
    if twin is not None:
        label = twin.evidence.kind.label
        raise RuleViolation(typo(f"Ce fichier est déjà joint à ce mois : pièce {twin.number}, « {label} »."), "file")
    if len(kept) >= MOST_PIECES:
        raise RuleViolation(
            f"Ce mois porte déjà {MOST_PIECES} pièces : réunissez les suivantes en un seul PDF.", "file"
        )


def _stored(session: Session, staged: Staged, media_type: str, now: datetime) -> int:
    """The row of this content, held so that nothing sweeps it, and its file on the disk."""
    for _ in range(3):
        insert_once(session, StoredFile, sha256=staged.sha256, media_type=media_type, size=staged.size, created_at=now)
        held = session.scalar(select(StoredFile.id).where(StoredFile.sha256 == staged.sha256).with_for_update())
        if held is not None:
            staged.keep()
            return held
    raise RuleViolation("Ce fichier n’a pas pu être gardé : envoyez-le de nouveau.", "file")


def _record(
    session: Session, event: str, declaration: Declaration, evidence: Evidence, actor: Actor, now: datetime
) -> None:
    told = {"piece": evidence.public_id, "kind": evidence.kind.label, "sha256": evidence.sha256}
    telling.record(session, event, declaration, actor=actor, now=now, **told)
