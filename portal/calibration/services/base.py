"""What the acts of this room share: nobody else sizes the same lot meanwhile, the journal keeps the act."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.calibration import policies, rules
from portal.forecast.models import Lot
from portal.kernel.actor import Actor
from portal.vocabulary import Event


def hold(session: Session, lot: Lot) -> None:
    """Nobody else sizes this lot before the commit; the lot itself is not changed."""
    session.flush()
    session.execute(select(Lot.id).where(Lot.id == lot.id).with_for_update(key_share=True))


def take(session: Session, lot: Lot, actor: Actor) -> None:
    """Hold a lot that the actor may size, and that is still to be."""
    policies.ensure_can_size(actor, lot.project)
    hold(session, lot)
    rules.ensure_cut(lot.project.state, is_live=is_live(lot))


def is_live(lot: Lot) -> bool:
    return lot.ended_at is None and lot.award is None


def record(session: Session, event: Event, lot: Lot, *, actor: Actor, now: datetime, after: str | None = None) -> None:
    project = lot.project
    label = f"{project.shown_number} {project.title}" + (f", lot {lot.number}" if lot.number else "")
    told = {"calibration": after} if after else None
    journal.record(session, event, ("project", project.id, label), actor=actor, at=now, after=told)
