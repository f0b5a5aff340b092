"""The message that asks to read a capacity again, composed when it leaves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.alerts import stops
from portal.alerts.stops import Stop
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.outbox import Mail, Spared
from portal.reminders.capacities import queries, rules
from portal.vocabulary import AlertKind, MessageKind

_DEPARTED = Spared("la personne n’a plus ce rôle, ou ne veut plus de ce message")
_CONFIRMED = Spared("la capacité vient d’être relue")


def register() -> None:
    """Tell the outbox how this message is composed."""
    outbox.register(MessageKind.CAPACITY_DUE, capacity_due)


def capacity_due(session: Session, ids: Mapping[str, int | str], now: datetime) -> Mail | Spared:
    person = queries.person(session, int(ids["organisation"]), int(ids["account"]), now)
    if person is None:
        return _DEPARTED
    if not rules.is_asked(person.confirmed_on, date.fromisoformat(str(ids["step"]))):
        return _CONFIRMED
    organisation = session.get_one(Organisation, person.organisation_id)
    account = session.get_one(Account, person.account_id)
    stop = stops.address(Stop(account.public_id, organisation.siret, AlertKind.CAPACITIES))
    context = {
        "organisation": organisation,
        "statement": directory.capacity_of(session, organisation),
        "path": f"/annuaire/{organisation.siret}/capacite",
        "stop_url": stop,
    }
    return replace(outbox.mail_from_template("reminders/emails/capacity", context), unsubscribe_url=stop)
