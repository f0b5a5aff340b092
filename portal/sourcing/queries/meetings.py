"""Public meetings: those that come, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.queries import bare
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.sourcing import policies
from portal.sourcing.models import PublicMeeting
from portal.vocabulary import ProjectState

PAGE = 20
_MOST_ON_CALENDAR = 500
_MOST_OF_PROJECT = 10


@dataclass(frozen=True)
class MeetingPage:
    """Some public meetings, and how many there are."""

    meetings: Sequence[PublicMeeting]
    total: int
    number: int

    @property
    def last(self) -> int:
        return last_page(self.total, PAGE)


def meetings_from(session: Session, instant: datetime) -> Sequence[PublicMeeting]:
    """Those not over at an instant, the first to come first; cancelled ones too, so that calendars drop them."""
    coming = _meetings().where(PublicMeeting.ends_at > instant).order_by(PublicMeeting.starts_at, PublicMeeting.id)
    return session.scalars(coming.limit(_MOST_ON_CALENDAR)).all()


def meetings_page(session: Session, instant: datetime, page: int, *, past: bool) -> MeetingPage:
    """Those to come, the next first; or those over, the latest first. Two statements."""
    wanted: ColumnElement[bool] = PublicMeeting.ends_at <= instant if past else PublicMeeting.ends_at > instant
    total = session.scalar(select(func.count()).select_from(PublicMeeting).where(wanted)) or 0
    page = page_within(page, total, PAGE)
    first = PublicMeeting.starts_at.desc() if past else PublicMeeting.starts_at
    shown = _meetings().where(wanted).order_by(first, PublicMeeting.id).offset((page - 1) * PAGE).limit(PAGE)
    return MeetingPage(session.scalars(shown).all() if total else [], total, page)


def coming_of(session: Session, project_id: int, instant: datetime) -> Sequence[PublicMeeting]:
    """Those to come about a project."""
    coming = _meetings().where(PublicMeeting.project_id == project_id, PublicMeeting.ends_at > instant)
    return session.scalars(coming.order_by(PublicMeeting.starts_at).limit(_MOST_OF_PROJECT)).all()


def meeting(session: Session, public_id: str) -> PublicMeeting:
    """Raises NotFound."""
    found = session.scalar(_meetings().where(PublicMeeting.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def own_meeting(session: Session, actor: Actor, public_id: str) -> PublicMeeting:
    """One of the buyer one acts for. Raises NotFound."""
    found = meeting(session, public_id)
    if not policies.can_hold_meetings(actor, found.buyer_id):
        raise NotFound
    return found


def _meetings() -> Select[PublicMeeting]:
    buyer = joinedload(PublicMeeting.buyer).options(*bare())
    project = joinedload(PublicMeeting.project).joinedload(Project.buyer).options(*bare())
    return select(PublicMeeting).options(buyer, project)


def own_projects(session: Session, buyer_id: int) -> Sequence[Project]:
    """The public projects of a buyer that a meeting may be about, the latest first."""
    live = (Project.buyer_id == buyer_id, Project.state.in_((ProjectState.PUBLISHED, ProjectState.IN_TENDER)))
    return session.scalars(select(Project).where(*live).order_by(Project.id.desc()).limit(_MOST_PROJECTS)).all()


_MOST_PROJECTS = 200
