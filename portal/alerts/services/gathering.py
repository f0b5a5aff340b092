"""One message for all that a person is due, whatever its number and its types."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, String, and_, cast, exists, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal import journal, outbox
from portal.accounts.models import Account
from portal.alerts import queries, rules
from portal.alerts.models import Alert, Follow, SavedSearch
from portal.alerts.queries.conditions import belongs, prefers_never
from portal.kernel.actor import SYSTEM
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date
from portal.vocabulary import AlertKind, Event, MessageKind

Person = tuple[int, int, str]
"""An account, the organisation it is told for, its address."""

_OWNER = (Alert.account_id, Alert.organisation_id)


def message_key(account_id: int, organisation_id: int, now: datetime) -> str:
    """The dedupe key of the message that gathers what is due in the ten minutes of an instant."""
    return f"alerts:{account_id}:{organisation_id}:{_slot(now)}"


def _slot(now: datetime) -> str:
    return f"{rules.slot_of(now):%Y%m%dT%H%M}"


def spare(session: Session, *, now: datetime) -> int:
    """Let go of what is due and no longer to be told: unfollowed, stopped, or the person left. One statement."""
    kept = and_(belongs(_OWNER, now), ~prefers_never(Alert.kind, _OWNER), or_(_still_followed(), _still_searched()))
    spared = session.execute(
        update(Alert)
        .where(queries.waiting(), Alert.due_at <= now, ~kept)
        .values(spared_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(spared, CursorResult)  # noqa: S101 — narrows the declared type
    return spared.rowcount


def _still_followed() -> ColumnElement[bool]:
    live = exists().where(
        Follow.account_id == Alert.account_id,
        Follow.organisation_id == Alert.organisation_id,
        Follow.project_id == Alert.project_id,
        Follow.until.is_(None),
    )
    return and_(Alert.kind != AlertKind.NEW_LOTS, or_(Alert.project_id.is_(None), live))


def _still_searched() -> ColumnElement[bool]:
    return exists().where(SavedSearch.id == Alert.search_id, SavedSearch.ended_at.is_(None))


def people_due(session: Session, most: int, *, now: datetime, after: tuple[int, int] = (0, 0)) -> Sequence[Person]:
    """Who has something due, and no message within ten minutes; by batches, in order."""
    lately = aliased(Alert)
    told_lately = exists().where(
        lately.account_id == Alert.account_id,
        lately.organisation_id == Alert.organisation_id,
        lately.told_at > now - rules.APART,
    )
    beyond = or_(Alert.account_id > after[0], and_(Alert.account_id == after[0], Alert.organisation_id > after[1]))
    due = (
        select(Alert.account_id, Alert.organisation_id, Account.email)
        .join(Alert.account)
        .where(queries.waiting(), Alert.due_at <= now, beyond, ~told_lately)
        .distinct()
        .order_by(Alert.account_id, Alert.organisation_id)
        .limit(most)
    )
    return [(account_id, organisation_id, email) for account_id, organisation_id, email in session.execute(due)]


def gather(session: Session, people: Sequence[Person], *, now: datetime) -> int:
    """Promise each of these people one message of all that they are due; how many were. Three statements.

    What another scheduler gathered meanwhile is left to it: its message would find nothing to say, and is not sent.
    """
    promises = [
        outbox.Promise(email, {"account": account_id, "organisation": organisation_id, "key": key}, key)
        for account_id, organisation_id, email in people
        for key in [message_key(account_id, organisation_id, now)]
    ]
    promised = outbox.promise_each(session, MessageKind.ALERTS, promises, now=now)
    key = literal("alerts:") + cast(Alert.account_id, String) + ":" + cast(Alert.organisation_id, String)
    key = key + f":{_slot(now)}"
    session.execute(
        update(Alert)
        .where(queries.waiting(), Alert.due_at <= now, key.in_(promised))
        .values(message_key=key, told_at=now)
        .execution_options(synchronize_session=False)
    )
    if promised:
        subject = ("alerts", paris_date(now).toordinal(), f"Alertes du {format_date(paris_date(now))}")
        after = {"messages": len(promised)}
        journal.record(session, Event.ALERTS_PROMISED, subject, actor=SYSTEM, at=now, after=after)
    return len(promised)
