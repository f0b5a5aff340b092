"""What a person follows, the searches they saved, and how often they want to be told."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from portal.alerts.models import AlertPreference, Follow, SavedSearch
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import AlertKind, Frequency


def follow_of(session: Session, actor: Actor, project_id: int) -> Follow | None:
    """The live following of a project by a person, for the organisation they act for."""
    return session.scalar(select(Follow).where(*_own(actor), Follow.project_id == project_id))


def followed(session: Session, actor: Actor, *, page: int, size: int) -> tuple[Sequence[Follow], int]:
    """A page of what one follows, the last changed first, and how many there are."""
    total = session.scalar(select(func.count()).select_from(Follow).where(*_own(actor))) or 0
    rows = (
        select(Follow)
        .join(Follow.project)
        .options(joinedload(Follow.project).joinedload(Project.buyer))
        .where(*_own(actor))
        .order_by(Project.saved_at.desc(), Follow.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    )
    return session.scalars(rows).all(), total


def _own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    own = (Follow.account_id == actor.account_id, Follow.organisation_id == actor.organisation_id)
    return (*own, Follow.until.is_(None))


def searches_of(session: Session, actor: Actor) -> Sequence[SavedSearch]:
    """The live searches of a person, for the organisation they act for, the last saved first."""
    return session.scalars(select(SavedSearch).where(*_own_searches(actor)).order_by(SavedSearch.id.desc())).all()


def search(session: Session, actor: Actor, public_id: str) -> SavedSearch:
    """One's own live search. Raises NotFound for any other."""
    found = session.scalar(select(SavedSearch).where(*_own_searches(actor), SavedSearch.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _own_searches(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    own = (SavedSearch.account_id == actor.account_id, SavedSearch.organisation_id == actor.organisation_id)
    return (*own, SavedSearch.ended_at.is_(None))


def preferences_of(
    session: Session, account_id: int, organisation_ids: Collection[int]
) -> Mapping[tuple[int, AlertKind], Frequency]:
    """What a person chose, by organisation and type; what they left as it is has no entry."""
    chosen = select(AlertPreference).where(
        AlertPreference.account_id == account_id, AlertPreference.organisation_id.in_(organisation_ids)
    )
    return {(row.organisation_id, row.kind): row.frequency for row in session.scalars(chosen)}
