"""A buyer's own coefficients, trade by trade; without a row, the portal's hold."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.errors import Stale
from portal.requests import policies
from portal.requests.estimates import Coefficients
from portal.requests.models import HoursCoefficient
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import Event, Trade


def set_coefficients(
    session: Session,
    buyer_id: int,
    trade: Trade,
    chosen: Coefficients,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Choose one's own for a trade; `expected_version` 0 while the portal's hold. Raises Stale in a race."""
    policies.ensure_can_answer(actor, buyer_id)
    row = _row(session, buyer_id, trade)
    told = _told(chosen)
    if row is None:
        if expected_version or not insert_once(
            session, HoursCoefficient, buyer_id=buyer_id, trade=trade, version=1, **told
        ):
            raise Stale
    else:
        ensure_current(row, expected_version)
        for name, value in told.items():
            setattr(row, name, value)
    _record(session, buyer_id, trade, chosen, actor=actor, now=now)


def reset_coefficients(session: Session, buyer_id: int, trade: Trade, *, actor: Actor, now: datetime) -> None:
    """Back to the portal's own."""
    policies.ensure_can_answer(actor, buyer_id)
    session.execute(delete(HoursCoefficient).where(*_key(buyer_id, trade)))
    _record(session, buyer_id, trade, None, actor=actor, now=now)


def _record(
    session: Session, buyer_id: int, trade: Trade, chosen: Coefficients | None, *, actor: Actor, now: datetime
) -> None:
    after = {"trade": trade, **(_told(chosen) if chosen else {})}
    about = ("organisation", buyer_id, actor.organisation_name or "")
    journal.record(session, Event.COEFFICIENTS_CHANGED, about, actor=actor, at=now, after=after)


def _told(chosen: Coefficients) -> dict[str, object]:
    names = ("labour_share", "insertion_rate", "hourly_cost", "support_cost")
    return {name: getattr(chosen, name) for name in names}


def _row(session: Session, buyer_id: int, trade: Trade) -> HoursCoefficient | None:
    return session.scalar(select(HoursCoefficient).where(*_key(buyer_id, trade)))


def _key(buyer_id: int, trade: Trade) -> tuple[ColumnElement[bool], ...]:
    return (HoursCoefficient.buyer_id == buyer_id, HoursCoefficient.trade == trade)
