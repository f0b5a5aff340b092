"""Note, once for each person concerned, what they are to be told of: whatever their number, one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    FromClause,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.alerts import rules
from portal.alerts.models import Alert, AlertPreference, Follow
from portal.alerts.queries.conditions import Owner, belongs
from portal.forecast.models import Revision
from portal.storage import UtcInstant
from portal.vocabulary import AlertKind, Frequency


def tell(
    session: Session, project_id: int, kind: AlertKind, subject: str, *, lot_id: int | None = None, now: datetime
) -> int:
    """Note one alert for each follower of a project, within the caller's transaction; how many were new.

    `subject` names what happened (« answer:7 »): the same one is never told twice to the same person.
    """
    happened = select(
        literal(project_id).label("project_id"),
        literal(lot_id, Alert.lot_id.type).label("lot_id"),
        literal(subject).label("subject"),
        literal(now, UtcInstant()).label("at"),
    ).subquery("happened")
    return _note(session, kind, happened, now)


def note_changes(session: Session, after: int, *, now: datetime) -> int:
    """Note, for who followed the project then, each act of the public history whose number is beyond `after`.

    An act is what one person did at once, whichever fields it changed. Reading it again notes nothing more.
    """
    acts = (
        select(
            Revision.project_id.label("project_id"),
            literal(None, Alert.lot_id.type).label("lot_id"),
            (literal("revision:") + cast(func.max(Revision.id), String)).label("subject"),
            Revision.at.label("at"),
        )
        .where(Revision.id > after)
        .group_by(Revision.project_id, Revision.at, Revision.reason, Revision.by_label)
        .subquery("acts")
    )
    return _note(session, AlertKind.CHANGES, acts, now)


def _note(session: Session, kind: AlertKind, happened: FromClause, now: datetime) -> int:
    session.flush()
    what = happened.c
    chosen = frequency_of(kind)
    followed_then = and_(
        Follow.project_id == what.project_id,
        Follow.since <= what.at,
        or_(Follow.until.is_(None), Follow.until > what.at),
    )
    concerned = (
        select(
            Follow.account_id,
            Follow.organisation_id,
            literal(kind, Alert.kind.type),
            what.subject,
            what.project_id,
            what.lot_id,
            literal(now, UtcInstant()),
            _due_at(chosen, now),
        )
        .join_from(Follow, happened, followed_then)
        .outerjoin(AlertPreference, _preferring(kind, (Follow.account_id, Follow.organisation_id)))
        .where(chosen != Frequency.NEVER, belongs((Follow.account_id, Follow.organisation_id), now))
        .order_by(Follow.account_id, Follow.organisation_id, what.subject)
    )
    return _inserted(session, concerned)


def _inserted(session: Session, rows: Select[Any]) -> int:
    table = Alert.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    names = ("account_id", "organisation_id", "kind", "subject", "project_id", "lot_id", "noted_at", "due_at")
    into = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
    inserting = into.from_select(names, rows).on_conflict_do_nothing()
    done = session.execute(inserting, execution_options={"preserve_rowcount": True})
    assert isinstance(done, CursorResult)  # noqa: S101 — narrows the declared type
    return max(done.rowcount, 0)


def frequency_of(kind: AlertKind) -> ColumnElement[Frequency]:
    """What the preference joined says, else the portal's default."""
    return func.coalesce(AlertPreference.frequency, literal(rules.DEFAULTS[kind], AlertPreference.frequency.type))


def _preferring(kind: AlertKind, owner: Owner) -> ColumnElement[bool]:
    account_id, organisation_id = owner
    return and_(
        AlertPreference.account_id == account_id,
        AlertPreference.organisation_id == organisation_id,
        AlertPreference.kind == kind,
    )


def _due_at(frequency: ColumnElement[Frequency], now: datetime) -> ColumnElement[datetime]:
    instants: Mapping[Frequency, datetime] = {each: rules.due_at(each, now) for each in rules.SEARCH_FREQUENCIES}
    whens = [(frequency == each, literal(instant, UtcInstant())) for each, instant in instants.items()]
    return case(*whens, else_=literal(now, UtcInstant()))
