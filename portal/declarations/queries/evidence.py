"""The files that prove a month: who may read which, and what a deposit says of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.contracts.models import Contract
from portal.declarations import policies
from portal.declarations.models import Declaration, DelegatedPart, Deposit, Evidence, Line
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import PartState


@dataclass(frozen=True)
class Piece:
    """One file as it is listed: its number in the month never changes."""

    evidence: Evidence
    number: int
    is_deposited: bool
    """Whether a deposit names it: it stays listed with that deposit, and is never erased."""

    @property
    def is_kept(self) -> bool:
        """Whether it stands with the month as it is now."""
        return self.evidence.removed_at is None


def part_of(session: Session, actor: Actor, declaration: Declaration) -> DelegatedPart | None:
    """The part of the month that this actor's organisation fills in, as an employer."""
    found = select(DelegatedPart).where(
        DelegatedPart.declaration_id == declaration.id, DelegatedPart.employer_id == actor.organisation_id
    )
    part = session.scalar(found) if actor.organisation_id is not None else None
    return part if part is not None and policies.can_fill(actor, part) else None


def month_with_evidence(session: Session, actor: Actor, reference: str) -> Declaration:
    """A month some of whose files this actor may read or bring; NotFound otherwise."""
    declaration = session.scalar(
        select(Declaration)
        .where(Declaration.reference == reference)
        .options(
            joinedload(Declaration.contract).selectinload(Contract.followers),
            joinedload(Declaration.organisation),
            selectinload(Declaration.lines).joinedload(Line.participant),
            selectinload(Declaration.parts),
        )
    )
    if declaration is None or not _has_to_do(session, actor, declaration):
        raise NotFound
    return declaration


def pieces_of(session: Session, actor: Actor, declaration: Declaration) -> Sequence[Piece]:
    """The files of the month that this actor may read, in the order they came: the declarant its own and those of the
    parts that are handed, the facilitateur those that a deposit names, an employer its own. One statement, two for an
    employer."""
    is_deposited = exists().where(
        Deposit.declaration_id == Evidence.declaration_id, Deposit.canonical.contains(Evidence.public_id)
    )
    rows = session.execute(
        select(Evidence, is_deposited, _is_handed_in(declaration))
        .where(Evidence.declaration_id == declaration.id)
        .options(joinedload(Evidence.file), joinedload(Evidence.participant))
        .order_by(Evidence.id)
    ).all()
    numbered = [Piece(evidence, number, deposited) for number, (evidence, deposited, _) in enumerate(rows, 1)]
    if policies.can_file(actor, declaration):
        return [piece for piece, row in zip(numbered, rows, strict=True) if piece.is_deposited or row[2]]
    checks = policies.can_check(actor, declaration)
    fills = bool(numbered) and part_of(session, actor, declaration) is not None
    return [
        piece
        for piece in numbered
        if (checks and piece.is_deposited) or (fills and piece.evidence.organisation_id == actor.organisation_id)
    ]


def piece_of(session: Session, actor: Actor, declaration: Declaration, public_id: str) -> Piece:
    """One of those; NotFound for any other, and for one that was erased."""
    for piece in pieces_of(session, actor, declaration):
        if piece.evidence.public_id == public_id and piece.evidence.file is not None:
            return piece
    raise NotFound


def evidence_hashes(session: Session, declaration: Declaration) -> list[dict[str, object]]:
    """What a deposit says of the files that stand with the month: its receipt covers them. Those of a part that is not
    handed are left out with it."""
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.declaration_id == declaration.id, Evidence.removed_at.is_(None), _is_handed_in(declaration))
        .options(joinedload(Evidence.file))
        .order_by(Evidence.id)
    )
    return [
        {"piece": each.public_id, "kind": each.kind.value, "participant": each.participant_id, "sha256": each.sha256}
        for each in rows
    ]


def _is_handed_in(declaration: Declaration) -> ColumnElement[bool]:
    """Whether a file comes from the declarant, or with a part that is handed."""
    handed = exists().where(
        DelegatedPart.declaration_id == Evidence.declaration_id,
        DelegatedPart.employer_id == Evidence.organisation_id,
        DelegatedPart.state == PartState.HANDED,
    )
    return or_(Evidence.organisation_id == declaration.organisation_id, handed)


def never_deposited() -> ColumnElement[bool]:
    """In SQL: files removed before any deposit named them."""
    named = exists().where(
        Deposit.declaration_id == Evidence.declaration_id, Deposit.canonical.contains(Evidence.public_id)
    )
    return Evidence.removed_at.is_not(None) & Evidence.file_id.is_not(None) & ~named


def _has_to_do(session: Session, actor: Actor, declaration: Declaration) -> bool:
    if policies.can_file(actor, declaration) or policies.can_check(actor, declaration):
        return True
    return part_of(session, actor, declaration) is not None
