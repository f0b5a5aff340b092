"""Conditions on whoever is to be told, by the columns that name the person and the organisation."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import InstrumentedAttribute

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.alerts.models import Alert, AlertPreference
from portal.vocabulary import AccountState, AlertKind, Frequency

Owner = tuple[InstrumentedAttribute[int], InstrumentedAttribute[int]]


def waiting() -> ColumnElement[bool]:
    """Alerts that no message has told yet, and that are still to be told."""
    return and_(Alert.message_key.is_(None), Alert.spared_at.is_(None))


def belongs(owner: Owner, now: datetime) -> ColumnElement[bool]:
    """Whether the person has an open account, and holds a role in the organisation."""
    account_id, organisation_id = owner
    held = exists().where(
        Membership.account_id == account_id, Membership.organisation_id == organisation_id, in_force(now)
    )
    return and_(held, exists().where(Account.id == account_id, Account.state == AccountState.ACTIVE))


def prefers_never(kind: InstrumentedAttribute[AlertKind] | AlertKind, owner: Owner) -> ColumnElement[bool]:
    account_id, organisation_id = owner
    return exists().where(
        AlertPreference.account_id == account_id,
        AlertPreference.organisation_id == organisation_id,
        AlertPreference.kind == kind,
        AlertPreference.frequency == Frequency.NEVER,
    )
