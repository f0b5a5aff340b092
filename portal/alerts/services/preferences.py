"""How often a person wants each type of alert, for each organisation; and the one click that stops a type."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal import journal
from portal.alerts import queries, rules
from portal.alerts.models import Alert, AlertPreference
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage.once import insert_each_once
from portal.vocabulary import AlertKind, Event, Frequency

Chosen = Mapping[AlertKind, Frequency]


def set_preferences(session: Session, organisation_id: int, chosen: Chosen, *, actor: Actor, now: datetime) -> bool:
    """Keep what a person chose for one organisation; False when it was so already. What waits follows at once.

    Whether they belong to that organisation is for the caller to know: someone who left may still want silence.
    """
    if actor.account_id is None:
        raise RuleViolation("Connectez-vous pour régler vos alertes.")
    before = queries.preferences_of(session, actor.account_id, [organisation_id])
    changed = {
        kind: frequency
        for kind, frequency in chosen.items()
        if before.get((organisation_id, kind), rules.DEFAULTS[kind]) is not frequency
    }
    if not changed:
        return False
    _keep(session, actor.account_id, organisation_id, changed, now)
    for kind, frequency in changed.items():
        _change_waiting(session, actor.account_id, organisation_id, kind, frequency, now)
    was = {kind.value: before.get((organisation_id, kind), rules.DEFAULTS[kind]) for kind in changed}
    subject = ("account", actor.account_id, actor.label)
    after = {kind.value: frequency for kind, frequency in changed.items()}
    journal.record(session, Event.ALERTS_SET, subject, actor=actor, at=now, before=was, after=after)
    return True


def stop(session: Session, organisation_id: int, kinds: Collection[AlertKind], *, actor: Actor, now: datetime) -> bool:
    """No more of these types, for one organisation; False when they were stopped already."""
    return set_preferences(session, organisation_id, dict.fromkeys(kinds, Frequency.NEVER), actor=actor, now=now)


def _keep(session: Session, account_id: int, organisation_id: int, changed: Chosen, now: datetime) -> None:
    own = (AlertPreference.account_id == account_id, AlertPreference.organisation_id == organisation_id)
    session.execute(
        delete(AlertPreference)
        .where(*own, AlertPreference.kind.in_(changed))
        .execution_options(synchronize_session=False)
    )
    keys = {"account_id": account_id, "organisation_id": organisation_id, "changed_at": now}
    rows = [keys | {"kind": kind, "frequency": frequency} for kind, frequency in sorted(changed.items())]
    insert_each_once(session, AlertPreference, rows, told_by=AlertPreference.id)


def _change_waiting(
    session: Session, account_id: int, organisation_id: int, kind: AlertKind, frequency: Frequency, now: datetime
) -> None:
    """New lots leave at the rhythm of the search that found them: only silence changes them."""
    never = frequency is Frequency.NEVER
    if kind is AlertKind.NEW_LOTS and not never:
        return
    own = (Alert.account_id == account_id, Alert.organisation_id == organisation_id, Alert.kind == kind)
    values = {"spared_at": now} if never else {"due_at": rules.due_at(frequency, now)}
    session.execute(
        update(Alert).where(*own, queries.waiting()).values(values).execution_options(synchronize_session=False)
    )
