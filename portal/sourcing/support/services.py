"""A support action is noted, kept up to date, and ended with what came of it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.sourcing.models import SupportAction
from portal.sourcing.support import facts as rules
from portal.sourcing.support import policies, queries
from portal.sourcing.support.facts import SupportFacts
from portal.storage import ensure_current
from portal.vocabulary import Event


def note(
    session: Session, structure: Organisation, facts: SupportFacts, *, actor: Actor, now: datetime
) -> SupportAction:
    """Note that one helps a structure. Raises RuleViolation on `structure`, `next_on` or `project`."""
    author_id = policies.ensure_author(actor)
    policies.ensure_can_help(actor, structure, is_member=queries.is_member(session, actor, structure))
    rules.ensure_dated(facts, clock.paris_date(now))
    action = SupportAction(
        author_id=author_id,
        structure=structure,
        created_at=now,
        by_label=actor.label,
    )
    _apply(session, action, facts)
    session.add(action)
    _record(session, Event.SUPPORT_NOTED, action, actor, now)
    return action


def revise(
    session: Session, action: SupportAction, facts: SupportFacts, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Keep it up to date, as long as it is under way."""
    policies.ensure_can_follow(actor, action)
    ensure_current(action, expected_version)
    _ensure_under_way(action)
    policies.ensure_still_helps(actor, is_member=queries.is_member(session, actor, action.structure))
    rules.ensure_dated(facts, clock.paris_date(now), next_before=action.next_on)
    _apply(session, action, facts)
    _record(session, Event.SUPPORT_NOTED, action, actor, now)


def finish(
    session: Session,
    action: SupportAction,
    result: str | None,
    done_on: date | None = None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what came of it: it is done, for good."""
    policies.ensure_can_follow(actor, action)
    ensure_current(action, expected_version)
    _ensure_under_way(action)
    today = clock.paris_date(now)
    rules.ensure_result(result)
    rules.ensure_done_on(done_on or today, action.started_on, today)
    action.result, action.done_on, action.next_on = result, done_on or today, None
    _record(session, Event.SUPPORT_DONE, action, actor, now)


def _apply(session: Session, action: SupportAction, facts: SupportFacts) -> None:
    action.project = queries.project_called(session, facts.project)
    action.kind, action.helper, action.reason = facts.kind, facts.helper, facts.reason
    action.started_on, action.next_on = facts.started_on, facts.next_on


def _ensure_under_way(action: SupportAction) -> None:
    if action.done_on is not None:
        raise RuleViolation("Cet accompagnement est terminé\u202f: notez-en un nouveau.")


def _record(session: Session, event: Event, action: SupportAction, actor: Actor, now: datetime) -> None:
    session.flush()
    after = {"kind": action.kind, "next_on": action.next_on, "done_on": action.done_on}
    subject = ("support_action", action.id, action.structure.shown_name)
    journal.record(session, event, subject, actor=actor, at=now, after=after)
