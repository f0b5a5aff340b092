"""Whose lines a file fills, and the rows that wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.declarations import policies
from portal.declarations.models import Declaration, DelegatedPart, Line, Upload
from portal.declarations.queries.months import visible
from portal.declarations.queries.parts import part_of
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import DeclarationState


@dataclass(frozen=True)
class Filling:
    """The declarant's own lines of a month; or those of one employer, in its part."""

    declaration: Declaration
    part: DelegatedPart | None
    lines: Sequence[Line]

    @property
    def root(self) -> Declaration | DelegatedPart:
        """What carries the version."""
        return self.part or self.declaration

    @property
    def organisation(self) -> Organisation:
        """Whose matricules these are."""
        return self.part.employer if self.part else self.declaration.organisation

    @property
    def employer_id(self) -> int | None:
        return self.part.employer_id if self.part else None

    @property
    def is_open(self) -> bool:
        if self.part:
            return policies.is_to_fill(self.part)
        return self.declaration.state in DeclarationState.awaited()


def filling_of(session: Session, actor: Actor, reference: str) -> Filling:
    """What the actor's organisation fills in a month: its own month, else the part it was entrusted with.

    Raises NotFound to who may not see it, Refused to who only reads it.
    """
    try:
        declaration = visible(session, actor, reference)
    except NotFound:
        part = part_of(session, actor, reference)
        return Filling(part.declaration, part, part.lines)
    policies.ensure_can_file(actor, declaration)
    return Filling(declaration, None, declaration.lines_of(None))


def upload_of(session: Session, actor: Actor, filling: Filling, public_id: str, now: datetime) -> Upload:
    """A file that the actor sent; NotFound for anybody else’s, and once it has waited for too long."""
    found = session.scalar(
        select(Upload).where(
            Upload.public_id == public_id,
            Upload.declaration_id == filling.declaration.id,
            Upload.account_id == actor.account_id,
            Upload.expires_at > now,
        )
    )
    if found is None or found.employer_id != filling.employer_id:
        raise NotFound
    return found
