"""Changes of composition out of the database."""

from collections.abc import Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.directory.models import Organisation
from portal.groupements.models import CompositionChange, Groupement, Member
from portal.kernel.errors import NotFound

_BARE = (lazyload(Organisation.offered), lazyload(Organisation.served))


def changes_of(session: Session, groupement: Groupement) -> Sequence[CompositionChange]:
    """All that were asked, the latest first."""
    asked = select(CompositionChange).where(CompositionChange.groupement_id == groupement.id)
    return session.scalars(_whole(asked).order_by(CompositionChange.id.desc())).all()


def _whole(wanted: Select[CompositionChange]) -> Select[CompositionChange]:
    return wanted.options(
        joinedload(CompositionChange.member).joinedload(Member.organisation).options(*_BARE),
        joinedload(CompositionChange.taker).joinedload(Member.organisation).options(*_BARE),
        joinedload(CompositionChange.successor).options(*_BARE),
    )


def change_called(session: Session, groupement: Groupement, public_id: str) -> CompositionChange:
    """Raises NotFound."""
    asked = (CompositionChange.groupement_id == groupement.id, CompositionChange.public_id == public_id)
    found = session.scalar(_whole(select(CompositionChange).where(*asked)))
    if found is None:
        raise NotFound
    return found


def change_by_id(session: Session, change_id: int) -> CompositionChange:
    """For the portal's own mails."""
    return session.scalars(_whole(select(CompositionChange).where(CompositionChange.id == change_id))).one()


def is_waiting(session: Session, groupement: Groupement) -> bool:
    """Whether the buyer has not answered the last one."""
    asked = exists().where(CompositionChange.groupement_id == groupement.id, CompositionChange.decided_at.is_(None))
    return bool(session.scalar(select(asked)))
