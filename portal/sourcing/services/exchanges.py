"""What was told to one supplier is written down, once and for all."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.forecast.models import Project
from portal.forecast.services.history import record
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.sourcing import policies, rules
from portal.sourcing.facts import Told
from portal.sourcing.models import Exchange
from portal.vocabulary import Event


def note_exchange(session: Session, project: Project, told: Told, *, actor: Actor, now: datetime) -> Exchange:
    """Write an exchange into the equal-treatment journal (CCP L3); nothing changes it afterwards."""
    policies.ensure_can_answer(actor, project.buyer_id)
    rules.ensure_told(told, clock.paris_date(now))
    exchange = Exchange(
        project_id=project.id,
        kind=told.kind,
        told_on=told.told_on,
        told_to=told.told_to,
        text=told.text,
        noted_at=now,
        by_label=actor.label,
    )
    session.add(exchange)
    session.flush()
    record(session, Event.EXCHANGE_NOTED, project, actor=actor, now=now)
    return exchange
