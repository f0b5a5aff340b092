"""A slip: several lots of a project get another date at once, for one reason."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.forecast import policies, rules
from portal.forecast.facts import Slip
from portal.forecast.models import Lot, Project
from portal.forecast.services.lots import change, hold
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current


def slip(
    session: Session,
    project: Project,
    wanted: Slip,
    *,
    expected_version: int,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Collection[Lot]:
    """Move these lots to another period; those that moved, which are all or none.

    Raises RuleViolation on `planned` for a period gone by, on `reason` when the public must read why, and when nothing
    would change.
    """
    policies.ensure_can_write(actor, project.buyer_id)
    rules.ensure_editable(project.state)
    ensure_current(project, expected_version)
    hold(session, project)
    rules.ensure_editable(project.state)
    rules.ensure_planned_ahead(wanted.planned, clock.paris_date(now))
    told: dict[str, Any] = {"planned": wanted.planned, "confidence": wanted.confidence}
    chosen = [lot for lot in project.lots if lot.number in wanted.lots]
    moved = [lot for lot in chosen if lot.facts != replace(lot.facts, **told)]
    if not moved:
        raise RuleViolation("Ces lots ont déjà cette date : indiquez-en une autre.", "planned")
    for lot in moved:
        change(session, lot, replace(lot.facts, **told), reason=reason, actor=actor, now=now)
    return moved
