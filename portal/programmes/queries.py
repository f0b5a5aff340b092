"""What the portal remembers of a buyer's files: its headings, and those that wait for an answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast import policies
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.programmes.models import ProgrammeFile, ProgrammeHeading
from portal.vocabulary import ProgrammeField


def remembered(session: Session, buyer_id: int) -> dict[str, ProgrammeField]:
    """What each heading of the buyer's files was said to tell, by folded heading."""
    told = select(ProgrammeHeading.heading, ProgrammeHeading.field).where(ProgrammeHeading.buyer_id == buyer_id)
    return dict(session.execute(told).all())


def file_of(session: Session, actor: Actor, public_id: str, now: datetime, *, hold: bool = False) -> ProgrammeFile:
    """A file that the actor brought for the buyer one acts for; NotFound for anybody else’s, and once it is too old.

    `hold`: nobody else answers it until the commit.
    """
    wanted = select(ProgrammeFile).where(
        ProgrammeFile.public_id == public_id,
        ProgrammeFile.account_id == actor.account_id,
        ProgrammeFile.expires_at > now,
    )
    if hold:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None or not policies.can_write(actor, found.buyer_id):
        raise NotFound
    return found


def waiting(session: Session, actor: Actor, now: datetime) -> Sequence[ProgrammeFile]:
    """The files that the actor brought and has not answered, the last one first."""
    mine = select(ProgrammeFile).where(
        ProgrammeFile.account_id == actor.account_id,
        ProgrammeFile.buyer_id == actor.organisation_id,
        ProgrammeFile.expires_at > now,
        ProgrammeFile.taken_at.is_(None),
    )
    return session.scalars(mine.order_by(ProgrammeFile.id.desc())).all()
