"""The public history of a project, its journal, and the mark that tells browsers their copy is stale."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.forecast import rules
from portal.forecast.listing import refresh
from portal.forecast.models import Lot, Project, PublicationMark, Revision
from portal.forecast.wording import Change
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.storage.once import insert_once
from portal.vocabulary import ProjectState


def tell(
    session: Session,
    project: Project,
    lot: Lot | None,
    changes: Sequence[Change],
    *,
    reason: str | None,
    now: datetime,
) -> None:
    """Write a public project's changes into its history, and show them at once; drafts change in silence."""
    if not project.is_public or not changes:
        return
    if any(change.needs_reason for change in changes):
        rules.ensure_reason(reason)
    mark_public_change(session, now=now)
    session.flush()
    session.add_all(
        Revision(
            project_id=project.id,
            lot_id=lot.id if lot else None,
            at=now,
            by_label=project.contact_service or project.buyer.shown_name,
            field=change.field,
            label=change.label,
            before=change.before,
            after=change.after,
            reason=reason,
        )
        for change in changes
    )
    refresh(session, project)


def move(
    session: Session,
    project: Project,
    state: ProjectState,
    now: datetime,
    *,
    because: str | None = None,
    publish_at: datetime | None = None,
    scheduled_by: int | None = None,
) -> None:
    """Bring the project to a state; what the one before held of a publication to come is over."""
    project.state, project.state_since, project.saved_at = state, now, now
    project.state_reason, project.publish_at, project.scheduled_by = because, publish_at, scheduled_by
    session.flush()


def write(project: Project, changes: Sequence[Change], *, actor: Actor, now: datetime) -> None:
    """Note who last wrote the project: saving it as it stands writes nothing."""
    project.saved_at = now
    if changes:
        project.written_by = actor.account_id


def mark_public_change(session: Session, *, now: datetime) -> None:
    """Make every copy of a public page stale. Later rooms that add to these pages call it too."""
    bumped = (
        update(PublicationMark)
        .values(counter=PublicationMark.counter + 1, changed_at=now)
        .returning(PublicationMark.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(bumped) is None:
        insert_once(session, PublicationMark, id=1, counter=1, changed_at=now)


def record(
    session: Session,
    event: str,
    project: Project,
    *,
    actor: Actor,
    now: datetime,
    changes: Sequence[Change] = (),
    lot: Lot | None = None,
) -> None:
    label = f"{project.shown_number} {project.title}" + (f", lot {lot.number}" if lot else "")
    before = {change.field: change.before for change in changes}
    after = {change.field: change.after for change in changes}
    subject = ("project", project.id, label)
    journal.record(session, event, subject, actor=actor, at=now, before=before or None, after=after or None)
