"""Publication: now, or on a day by itself; by a second person when the buyer wants one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.forecast import policies, queries, rules
from portal.forecast.models import Project
from portal.forecast.services.history import move, record, tell
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.kernel.french import format_instant
from portal.storage import ensure_current
from portal.vocabulary import PERMISSIONS_OF, Event, ProjectState


def publish(session: Session, project: Project, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Show a project to everyone. Raises RuleViolation when something would make the public page wrong, or when the
    buyer wants a second person."""
    policies.ensure_can_publish(actor, project)
    rules.ensure_transition(project.state, ProjectState.PUBLISHED)
    ensure_current(project, expected_version)
    ensure_publishable(session, project, actor, now, on=now)
    _show(session, project, actor, now)


def schedule(
    session: Session, project: Project, *, publish_at: datetime, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Have a ready project published by itself, in the name of who says so."""
    policies.ensure_can_publish(actor, project)
    rules.ensure_transition(project.state, ProjectState.SCHEDULED)
    ensure_current(project, expected_version)
    rules.ensure_publish_at(publish_at, now)
    ensure_publishable(session, project, actor, now, on=publish_at)
    move(session, project, ProjectState.SCHEDULED, now, publish_at=publish_at, scheduled_by=actor.account_id)
    planned = Change("publish_at", "Publication prévue", None, format_instant(publish_at), needs_reason=False)
    record(session, Event.PROJECT_SCHEDULED, project, actor=actor, now=now, changes=[planned])


def unschedule(session: Session, project: Project, *, expected_version: int, actor: Actor, now: datetime) -> None:
    policies.ensure_can_publish(actor, project)
    rules.ensure_scheduled(project.state)
    ensure_current(project, expected_version)
    move(session, project, ProjectState.READY, now)
    record(session, Event.PROJECT_UNSCHEDULED, project, actor=actor, now=now)


def publish_due(session: Session, project_id: int, *, now: datetime) -> bool | None:
    """Publish what is due, in the name of who scheduled it; what no longer may be goes back to ready, with the reason.

    True when published, False when sent back, None when there was nothing left to do.
    """
    project = session.get_one(Project, project_id)
    session.refresh(project, attribute_names=["version", "state", "publish_at", "scheduled_by"], with_for_update=True)
    if project.state is not ProjectState.SCHEDULED or project.publish_at is None or project.publish_at > now:
        return None
    ensure_current(project, project.version)
    try:
        actor = _who_scheduled(session, project, now)
        ensure_publishable(session, project, actor, now, on=now)
    except (RuleViolation, Refused) as problem:
        _send_back(session, project, str(problem), now)
        return False
    _show(session, project, actor, now)
    return True


def ensure_publishable(session: Session, project: Project, actor: Actor, now: datetime, *, on: datetime) -> None:
    """What the buyer's settings and the facts must allow, for a publication on a day. Raises RuleViolation."""
    settings = queries.settings_of(session, project.buyer_id)
    rules.ensure_read_over(settings, project.state)
    rules.ensure_second_person(settings, project.writer_id, actor.account_id)
    lots = {lot.number: lot.facts for lot in project.lots}
    if problems := rules.blocks_on(clock.paris_date(max(on, now)), project.facts, lots):
        raise RuleViolation(" ".join(problems))


def _who_scheduled(session: Session, project: Project, now: datetime) -> Actor:
    """Who scheduled it, with the roles held today. Raises Refused when they may no longer publish for this buyer."""
    try:
        person = accounts.account(session, project.scheduled_by or 0)
    except NotFound as gone:
        raise Refused(_GONE) from gone
    held = accounts.roles_held(session, person.id, now)
    roles = frozenset(role for organisation_id, _, _, role, _ in held if organisation_id == project.buyer_id)
    permissions = frozenset(permission for role in roles for permission in PERMISSIONS_OF[role])
    actor = Actor(person.id, person.display_name, project.buyer_id, project.buyer.shown_name, roles, permissions)
    if not policies.can_publish(actor, project.buyer_id):
        raise Refused(_GONE)
    return actor


_GONE = "La personne qui avait prévu cette publication ne publie plus pour votre organisation."


def _show(session: Session, project: Project, actor: Actor, now: datetime) -> None:
    project.published_at = now
    move(session, project, ProjectState.PUBLISHED, now)
    tell(session, project, None, [Change("published", "Projet publié", None, None, False)], reason=None, now=now)
    record(session, Event.PROJECT_PUBLISHED, project, actor=actor, now=now)


def _send_back(session: Session, project: Project, why: str, now: datetime) -> None:
    move(session, project, ProjectState.READY, now, because=why)
    told = Change("reason", "Motif", None, why, needs_reason=False)
    record(session, Event.PROJECT_UNSCHEDULED, project, actor=SYSTEM, now=now, changes=[told])
