"""Legal checks: given to who checks, looked at lever by lever, then ready to publish or back to who wrote."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.forecast import policies, queries, rules, wording
from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.models import LegalCheck, Lot, Project
from portal.forecast.services import telling
from portal.forecast.services.history import move, record, tell
from portal.forecast.services.lots import hold
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import Event, Lever, LeverState, ProjectState, Reservation


def check_lever(  # noqa: PLR0913 — one look says all of it at once
    session: Session,
    lot: Lot,
    lever: Lever,
    *,
    outcome: LeverState,
    reservation: Reservation | None = None,
    reason: str | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> LegalCheck:
    """Say what a lever of a lot becomes in law, and why: the only way to « décidé ». `expected_version` is the lot's.

    The lot of a public project tells it, with this reason. Raises RuleViolation when the law forbids it.
    """
    project = lot.project
    policies.ensure_can_check(actor, project.buyer_id, queries.settings_of(session, project.buyer_id))
    rules.ensure_checkable(project.state)
    ensure_current(lot, expected_version)
    hold(session, project)
    rules.ensure_checkable(project.state)
    choice = _choice(lot.facts, lever, outcome, reservation, reason)
    rules.ensure_check_told(choice)
    before, after = lot.facts, lot.facts.with_choice(choice)
    rules.ensure_lot_coherent(after)
    lot.tell(after)
    check = _kept(session, lot, choice, actor, now)
    changes = wording.lot_changes(before, after, {})
    project.saved_at = now
    tell(session, project, lot, changes, reason=reason, now=now)
    looked_at = [Change(f"lever_{lever.value}", lever.label, None, wording.lever_words(choice), needs_reason=True)]
    record(session, Event.LEVER_CHECKED, project, actor=actor, now=now, changes=changes or looked_at, lot=lot)
    return check


def send_to_check(session: Session, project: Project, *, expected_version: int, actor: Actor, now: datetime) -> int:
    """Give the project to who checks, and tell them; how many people were told."""
    policies.ensure_can_write(actor, project.buyer_id)
    rules.ensure_transition(project.state, ProjectState.IN_CHECK)
    ensure_current(project, expected_version)
    rules.ensure_something_to_check(lot.facts for lot in project.lots)
    move(session, project, ProjectState.IN_CHECK, now)
    record(session, Event.PROJECT_SENT_TO_CHECK, project, actor=actor, now=now)
    return telling.ask_check(session, project, actor=actor, now=now)


def mark_ready(session: Session, project: Project, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Say that the project may be published: from a draft by who writes, from a check by who checks, once all is."""
    _ensure_may_ready(session, project, actor)
    rules.ensure_transition(project.state, ProjectState.READY)
    ensure_current(project, expected_version)
    checked = project.state is ProjectState.IN_CHECK
    if checked:
        rules.ensure_all_checked(queries.waiting_in(session, project.lots))
    lots = {lot.number: lot.facts for lot in project.lots}
    if problems := rules.blocks_on(clock.paris_date(now), project.facts, lots):
        raise RuleViolation(" ".join(problems))
    move(session, project, ProjectState.READY, now)
    record(session, Event.PROJECT_READY, project, actor=actor, now=now)
    if checked:
        telling.tell_checked(session, project, actor=actor, now=now)


def back_to_draft(
    session: Session,
    project: Project,
    *,
    reason: str | None = None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Take the project back to write on it; who checks gives it back, saying why. What was decided stays."""
    writes = policies.can_write(actor, project.buyer_id)
    if not writes:
        policies.ensure_can_check(actor, project.buyer_id, queries.settings_of(session, project.buyer_id))
        rules.ensure_said(reason)
    rules.ensure_transition(project.state, ProjectState.DRAFT)
    ensure_current(project, expected_version)
    move(session, project, ProjectState.DRAFT, now, because=reason)
    record(session, Event.PROJECT_BACK_TO_DRAFT, project, actor=actor, now=now, changes=_because(reason))
    if not writes:
        telling.tell_checked(session, project, actor=actor, now=now)


def _ensure_may_ready(session: Session, project: Project, actor: Actor) -> None:
    if project.state is ProjectState.IN_CHECK:
        policies.ensure_can_check(actor, project.buyer_id, queries.settings_of(session, project.buyer_id))
    elif project.state is ProjectState.SCHEDULED:
        policies.ensure_can_publish(actor, project)
        raise RuleViolation("La publication de ce projet est prévue : déprogrammez-la.")
    else:
        policies.ensure_can_write(actor, project.buyer_id)


def _choice(
    lot: LotFacts, lever: Lever, outcome: LeverState, reservation: Reservation | None, reason: str | None
) -> LeverChoice:
    known = lot.choice(lever)
    kept = reservation if lever is Lever.RESERVED and reservation is not Reservation.NONE else None
    return LeverChoice(lever, outcome, kept, known.weight_percent if known else None, reason or None)


def _kept(session: Session, lot: Lot, choice: LeverChoice, actor: Actor, now: datetime) -> LegalCheck:
    check = LegalCheck(
        lot_id=lot.id,
        lever=choice.lever,
        reservation=choice.reservation,
        outcome=choice.state,
        reason=choice.reason,
        at=now,
        checked_by=actor.account_id,
        by_label=actor.label,
    )
    session.add(check)
    session.flush()
    return check


def _because(reason: str | None) -> list[Change]:
    return [Change("reason", "Motif", None, reason, needs_reason=False)] if reason else []
