"""A structure says what it could carry, and says twice a year that it still holds."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.directory import policies, queries, rules
from portal.directory.models import Capacity, CapacityStatement, Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation, Stale
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import CapacityBand, Event, Trade


@dataclass(frozen=True)
class CapacityFacts:
    """What a structure could carry: hours a year by trade, and the rest for all of them."""

    bands: Mapping[Trade, CapacityBand]
    available_on: date | None = None
    people: int | None = None
    can_lead: bool | None = None
    note: str | None = None


def tell_capacity(
    session: Session,
    organisation: Organisation,
    facts: CapacityFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> CapacityStatement:
    """Take what a structure says of its capacity in place of what it said before; `expected_version` 0: never told.

    Raises NotFound for anyone else, Stale, RuleViolation when no trade has a band.
    """
    policies.ensure_can_tell_capacity(actor, organisation)
    rules.ensure_some_capacity(facts.bands)
    statement = _taken(session, organisation, expected_version, now)
    before = _told(statement)
    _apply(statement, facts)
    _confirm(session, organisation, statement, before, actor, now)
    return statement


def confirm_capacity(
    session: Session, organisation: Organisation, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """« Rien n’a changé »: what was read still holds. Raises NotFound, Stale, RuleViolation when nothing was told."""
    policies.ensure_can_tell_capacity(actor, organisation)
    statement = queries.capacity_of(session, organisation)
    if statement is None:
        raise RuleViolation("Rien n’est encore indiqué : choisissez une tranche pour un métier au moins.")
    ensure_current(statement, expected_version)
    _confirm(session, organisation, statement, _told(statement), actor, now)


def _taken(session: Session, organisation: Organisation, expected_version: int, now: datetime) -> CapacityStatement:
    """The statement at its next version: a first one has none before it, whoever else writes one at once."""
    is_first = expected_version == 0 and insert_once(
        session,
        CapacityStatement,
        organisation_id=organisation.id,
        version=1,
        confirmed_on=clock.paris_date(now),
        saved_at=now,
    )
    statement = queries.capacity_of(session, organisation)
    if statement is None:
        raise RuleViolation("Ce que vous aviez indiqué n’est plus là : rechargez la page.")
    if is_first:
        return statement
    if expected_version == 0:
        session.expunge(statement)
        raise Stale(current=statement)
    ensure_current(statement, expected_version)
    return statement


def _apply(statement: CapacityStatement, facts: CapacityFacts) -> None:
    for fact in fields(facts):
        if fact.name != "bands":
            setattr(statement, fact.name, getattr(facts, fact.name))
    held = {each.trade: each for each in statement.bands}
    for trade, band in facts.bands.items():
        if trade in held:
            held[trade].band = band
        else:
            statement.bands.append(Capacity(trade=trade, band=band))
    statement.bands = [each for each in statement.bands if each.trade in facts.bands]


def _confirm(
    session: Session,
    organisation: Organisation,
    statement: CapacityStatement,
    before: Mapping[str, object],
    actor: Actor,
    now: datetime,
) -> None:
    statement.confirmed_on, statement.confirmed_by = clock.paris_date(now), actor.account_id
    statement.saved_at = now
    session.flush()
    after = _told(statement)
    changed = [name for name in after if before[name] != after[name]]
    subject = ("organisation", organisation.id, organisation.shown_name)
    journal.record(
        session,
        Event.CAPACITY_TOLD,
        subject,
        actor=actor,
        at=now,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed} | {"confirmed_on": statement.confirmed_on},
    )


def _told(statement: CapacityStatement) -> dict[str, object]:
    return {
        "bands": sorted(f"{each.trade}:{each.band}" for each in statement.bands),
        "available_on": statement.available_on,
        "people": statement.people,
        "can_lead": statement.can_lead,
        "note": statement.note,
    }
