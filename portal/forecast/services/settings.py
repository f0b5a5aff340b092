"""What a buyer chooses for its forecast."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import policies, queries
from portal.forecast.models import BuyerSettings
from portal.forecast.settings import DEFAULTS, Settings
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import Event


def set_settings(
    session: Session, buyer_id: int, settings: Settings, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Change a buyer's settings. `expected_version` is that of its row; 1 as long as it has none."""
    policies.ensure_can_write(actor, buyer_id)
    insert_once(session, BuyerSettings, buyer_id=buyer_id, version=1, **asdict(DEFAULTS))
    row = session.scalars(select(BuyerSettings).where(BuyerSettings.buyer_id == buyer_id)).one()
    before = asdict(queries.settings_of(session, buyer_id))
    ensure_current(row, expected_version)
    after = asdict(settings)
    for name, value in after.items():
        setattr(row, name, value)
    buyer = session.get_one(Organisation, buyer_id)
    changed = [name for name in after if after[name] != before[name]]
    journal.record(
        session,
        Event.BUYER_SETTINGS_CHANGED,
        ("organisation", buyer_id, buyer.shown_name),
        actor=actor,
        at=now,
        before={name: before[name] for name in changed} or None,
        after={name: after[name] for name in changed} or None,
    )
