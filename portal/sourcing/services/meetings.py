"""Public meetings: announced, changed, cancelled with a reason; those who follow are told each time, once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.alerts import services as alerts
from portal.alerts.models import Follow
from portal.forecast.models import Project
from portal.forecast.services import mark_public_change
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.sourcing import policies, rules
from portal.sourcing.facts import MeetingFacts
from portal.sourcing.models import PublicMeeting
from portal.storage import ensure_current
from portal.vocabulary import AlertKind, Event

_FACTS = ("title", "text", "starts_at", "ends_at", "place", "url")
_TOLD_AGAIN = ("starts_at", "ends_at", "place", "url")
"""What makes whoever noted the meeting come to the wrong place."""


def set_meeting(
    session: Session, buyer_id: int, project: Project | None, facts: MeetingFacts, *, actor: Actor, now: datetime
) -> PublicMeeting:
    """Announce a meeting open to all, about a public project of the buyer or about none."""
    policies.ensure_can_hold_meetings(actor, buyer_id)
    _ensure_own(buyer_id, project)
    rules.ensure_meeting(facts, now)
    meeting = PublicMeeting(
        buyer_id=buyer_id, project_id=project.id if project else None, created_at=now, changed_at=now
    )
    _write(meeting, facts)
    session.add(meeting)
    _announce(session, meeting, Event.MEETING_SET, "set", actor, now)
    return meeting


def change_meeting(
    session: Session,
    meeting: PublicMeeting,
    project: Project | None,
    facts: MeetingFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Change it before it is over. Followers hear of it again when it moves, in time or place."""
    policies.ensure_can_hold_meetings(actor, meeting.buyer_id)
    ensure_current(meeting, expected_version)
    rules.ensure_meeting_stands(meeting.cancelled_at, meeting.ends_at, now)
    _ensure_own(meeting.buyer_id, project)
    rules.ensure_meeting(facts, now)
    moves = any(getattr(meeting, name) != getattr(facts, name) for name in _TOLD_AGAIN)
    moves = moves or meeting.project_id != (project.id if project else None)
    _write(meeting, facts)
    meeting.project_id, meeting.changed_at = project.id if project else None, now
    step = f"moved{meeting.version}" if moves else None
    _announce(session, meeting, Event.MEETING_CHANGED, step, actor, now)


def cancel_meeting(
    session: Session, meeting: PublicMeeting, reason: str, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Cancel it, saying why: its page and its place on calendars stay, struck out."""
    policies.ensure_can_hold_meetings(actor, meeting.buyer_id)
    ensure_current(meeting, expected_version)
    rules.ensure_meeting_stands(meeting.cancelled_at, meeting.ends_at, now)
    meeting.cancelled_at, meeting.cancel_reason, meeting.changed_at = now, reason, now
    _announce(session, meeting, Event.MEETING_CANCELLED, "cancelled", actor, now)


def _ensure_own(buyer_id: int, project: Project | None) -> None:
    if project is None:
        return
    if project.buyer_id != buyer_id:
        raise NotFound
    if not project.is_public:
        raise RuleViolation("Publiez d’abord le projet : la rencontre en parlerait à tous.", "project")


def _write(meeting: PublicMeeting, facts: MeetingFacts) -> None:
    for name in _FACTS:
        setattr(meeting, name, getattr(facts, name))


def _announce(
    session: Session, meeting: PublicMeeting, event: Event, step: str | None, actor: Actor, now: datetime
) -> None:
    session.flush()
    mark_public_change(session, now=now)
    if step is not None:
        for project_id in _followed(session, meeting):
            alerts.tell(session, project_id, AlertKind.MEETINGS, f"meeting:{meeting.id}:{step}", now=now)
    journal.record(session, event, ("meeting", meeting.id, meeting.title), actor=actor, at=now)


def _followed(session: Session, meeting: PublicMeeting) -> Sequence[int]:
    """Its project; for a meeting about none, the projects of the buyer that somebody follows: nobody hears twice."""
    if meeting.project_id is not None:
        return [meeting.project_id]
    followed = (
        select(Follow.project_id)
        .join(Follow.project)
        .where(Project.buyer_id == meeting.buyer_id, Follow.until.is_(None))
    )
    return session.scalars(followed.distinct().order_by(Follow.project_id)).all()
