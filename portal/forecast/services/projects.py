"""Projects: from the draft to the publication, the consultation, or the giving up."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import policies, rules, wording
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.models import Project, ReferenceSeries
from portal.forecast.services.history import move, record, tell, write
from portal.forecast.services.lots import new_lot
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.french import format_date
from portal.kernel.text import slug
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import ProjectState

_LONGEST_PREFIX = 60


def create_project(
    session: Session,
    buyer_id: int,
    facts: ProjectFacts,
    lot: LotFacts,
    *,
    allotment_defined: bool,
    own_reference: str | None = None,
    actor: Actor,
    now: datetime,
) -> Project:
    """Start a draft. `lot` is its first lot, or the whole project while the allotment is not defined.

    `own_reference`: what the buyer's own programme calls it.
    """
    policies.ensure_can_write(actor, buyer_id)
    rules.ensure_planned_ahead(lot.planned, clock.paris_date(now))
    rules.ensure_lot_coherent(lot)
    rules.ensure_derogation(lot, facts.family)
    rules.ensure_not_decided_here(None, lot)
    buyer = session.get_one(Organisation, buyer_id)
    year = clock.paris_date(now).year
    number = _next_number(session, buyer_id, year)
    project = Project(
        buyer=buyer,
        reference=f"{_prefix(session, buyer)}-{year}-{number:04}",
        year=year,
        number=number,
        allotment_defined=allotment_defined,
        own_reference=own_reference,
        state=ProjectState.DRAFT,
        state_since=now,
        created_at=now,
        created_by=actor.account_id,
        written_by=actor.account_id,
        saved_at=now,
    )
    project.tell(facts)
    project.all_lots.append(new_lot(1 if allotment_defined else 0, lot, now))
    session.add(project)
    session.flush()
    record(session, "project.created", project, actor=actor, now=now)
    return project


def revise_project(
    session: Session,
    project: Project,
    facts: ProjectFacts,
    *,
    expected_version: int,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change what all lots share. Raises RuleViolation on `reason` when a public change must say why."""
    policies.ensure_can_write(actor, project.buyer_id)
    rules.ensure_editable(project.state)
    ensure_current(project, expected_version)
    changes = wording.project_changes(project.facts, facts)
    project.tell(facts)
    write(project, changes, actor=actor, now=now)
    tell(session, project, None, changes, reason=reason, now=now)
    record(session, "project.revised", project, actor=actor, now=now, changes=changes)


def open_tender(
    session: Session,
    project: Project,
    *,
    url: str | None,
    offers_due_on: date | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that the consultation runs: from here on, the buyer's profile speaks.

    Raises RuleViolation without an address of the web, and without a date to come for the offers.
    """
    policies.ensure_can_publish(actor, project)
    rules.ensure_transition(project.state, ProjectState.IN_TENDER)
    ensure_current(project, expected_version)
    rules.ensure_tender_address(url)
    rules.ensure_offers_ahead(offers_due_on, clock.paris_date(now))
    project.tender_url, project.offers_due_on = url, offers_due_on
    until = f"jusqu’au {format_date(offers_due_on)}" if offers_due_on else None
    opened = Change("in_tender", "Consultation ouverte", None, until, needs_reason=False)
    move(session, project, ProjectState.IN_TENDER, now)
    tell(session, project, None, [opened], reason=None, now=now)
    record(session, "project.tender_opened", project, actor=actor, now=now)


def correct_tender(
    session: Session,
    project: Project,
    *,
    url: str | None,
    offers_due_on: date | None,
    reason: str | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Mend the address or the date of a consultation that runs, saying why; the public history keeps both."""
    policies.ensure_can_publish(actor, project)
    rules.ensure_tender_runs(project.state)
    ensure_current(project, expected_version)
    rules.ensure_tender_address(url)
    if offers_due_on != project.offers_due_on:
        rules.ensure_offers_ahead(offers_due_on, clock.paris_date(now))
    rules.ensure_reason(reason)
    changes = wording.tender_changes((project.tender_url, project.offers_due_on), (url, offers_due_on))
    project.tender_url, project.offers_due_on, project.saved_at = url, offers_due_on, now
    tell(session, project, None, changes, reason=reason, now=now)
    record(session, "project.tender_corrected", project, actor=actor, now=now, changes=changes)


def drop(
    session: Session, project: Project, *, reason: str | None, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Give a project up, saying why: it leaves the list, its public page and its history stay."""
    policies.ensure_can_publish(actor, project)
    rules.ensure_transition(project.state, ProjectState.DROPPED)
    rules.ensure_droppable(lot.outcome for lot in project.lots)
    ensure_current(project, expected_version)
    rules.ensure_reason(reason)
    dropped = Change("dropped", "Projet abandonné", None, None, needs_reason=True)
    move(session, project, ProjectState.DROPPED, now)
    tell(session, project, None, [dropped], reason=reason, now=now)
    record(session, "project.dropped", project, actor=actor, now=now)


def _next_number(session: Session, buyer_id: int, year: int) -> int:
    insert_once(session, ReferenceSeries, buyer_id=buyer_id, year=year, last_number=0)
    return session.scalars(
        update(ReferenceSeries)
        .where(ReferenceSeries.buyer_id == buyer_id, ReferenceSeries.year == year)
        .values(last_number=ReferenceSeries.last_number + 1)
        .returning(ReferenceSeries.last_number)
        .execution_options(synchronize_session=False)
    ).one()


def _prefix(session: Session, buyer: Organisation) -> str:
    """What the buyer's projects are called by in addresses: what its first project was, else its name, made unique."""
    first = session.scalar(select(Project.reference).where(Project.buyer_id == buyer.id).order_by(Project.id).limit(1))
    if first is not None:
        return first.rsplit("-", 2)[0]
    name = slug(buyer.shown_name)[:_LONGEST_PREFIX].strip("-") or buyer.siret
    taken = select(Project.id).where(Project.reference.like(f"{name}-____-____")).limit(1)
    return name if session.scalar(taken) is None else f"{name}-{buyer.siret}"
