"""Follow a project, and no longer."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal import journal
from portal.alerts import policies, queries
from portal.alerts.models import Alert, Follow
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.storage.once import insert_once
from portal.vocabulary import AlertKind, Event


def follow(session: Session, project: Project, *, actor: Actor, now: datetime) -> bool:
    """Be told of a public project from now on; False when one followed it already. Raises NotFound for a draft."""
    account_id, organisation_id = policies.ensure_can_follow(actor)
    if not project.is_public:
        raise NotFound
    values = {"account_id": account_id, "organisation_id": organisation_id, "project_id": project.id}
    if not insert_once(session, Follow, **values, since=now):
        return False
    _record(session, Event.FOLLOW_STARTED, project, actor, now)
    return True


def unfollow(session: Session, project: Project, *, actor: Actor, now: datetime) -> bool:
    """No longer be told; what waits is spared. False when one did not follow it."""
    account_id, organisation_id = policies.ensure_can_follow(actor)
    followed = queries.follow_of(session, actor, project.id)
    if followed is None:
        return False
    followed.until = now
    waiting = (
        Alert.account_id == account_id,
        Alert.organisation_id == organisation_id,
        Alert.project_id == project.id,
        Alert.kind != AlertKind.NEW_LOTS,
        queries.waiting(),
    )
    session.execute(update(Alert).where(*waiting).values(spared_at=now).execution_options(synchronize_session=False))
    _record(session, Event.FOLLOW_ENDED, project, actor, now)
    return True


def _record(session: Session, event: Event, project: Project, actor: Actor, now: datetime) -> None:
    """Under the person: who follows a project is nobody else's affair, its buyer's neither."""
    subject = ("account", actor.account_id or 0, f"{project.shown_number} {project.title}")
    journal.record(session, event, subject, actor=actor, at=now)
