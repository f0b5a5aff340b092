"""Write an entry."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.vocabulary import Event

_LONGEST_LABEL = 300


def record(
    session: Session,
    event: str,
    object_: tuple[str, int, str],
    *,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record, within the caller's transaction, that `actor` did `event` to the object (type, id, label).

    Raises ValueError for an event that `Event` does not list.

    `before` and `after` hold plain values, dates, amounts, members of closed lists, and lists or dicts of these.
    """
    type_, id_, label = object_
    session.add(
        JournalEntry(
            at=at,
            event=Event(event).value,
            actor_id=actor.account_id,
            actor_label=actor.label[:_LONGEST_LABEL],
            actor_organisation=actor.organisation_name and actor.organisation_name[:_LONGEST_LABEL],
            object_type=type_,
            object_id=id_,
            object_label=label[:_LONGEST_LABEL],
            before=None if before is None else _plain(before),
            after=None if after is None else _plain(after),
        )
    )


def _plain(value: Any) -> Any:
    """The value as JSON keeps it: amounts and months as they read, dates in ISO form, closed lists by their code."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> bool | int | str | None:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Month):
        return str(value)
    raise TypeError(f"the journal cannot hold a {type(value).__name__}")
