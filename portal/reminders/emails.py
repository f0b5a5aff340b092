"""The one message of the day, composed when it leaves: what is still awaited then, of whoever still is concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.declarations.models import Declaration
from portal.declarations.rules import part_due_on
from portal.kernel import clock
from portal.outbox import Mail, Spared
from portal.reminders import queries
from portal.reminders.models import Reminder
from portal.reminders.services import message_key
from portal.vocabulary import MessageKind, ReminderAudience

Ids = Mapping[str, int | str]

LISTED = 60
"""Months in one message; the others are counted, the portal lists them all."""

_FILED = Spared("les mois rappelés ne sont plus attendus")
_DEPARTED = Spared("la personne n’a plus ce rôle, ou n’a plus de compte")
_OVERTAKEN = Spared("ces mois ne sont plus attendus, ou un rappel plus récent les dit")


@dataclass(frozen=True)
class AwaitedMonth:
    """A month as the message tells it."""

    declaration: Declaration
    due_on: date
    """The declarant's day; before it, an employer's own for its part."""
    late_days: int
    """Calendar days since it was due, or sent back if that was later: 0 or fewer while there is still time."""
    sent_back_on: date | None
    path: str
    """Where the recipient can do something about it: pages that they may open."""

    @property
    def is_late(self) -> bool:
        return self.late_days > 0


@dataclass(frozen=True)
class Section:
    """What is asked of the recipient in one capacity, and for which months, most late first."""

    audience: ReminderAudience
    months: Sequence[AwaitedMonth]

    @property
    def late(self) -> int:
        return sum(month.is_late for month in self.months)


@dataclass(frozen=True)
class Letter:
    """All that one message says: `total` months, of which some told before may have no room in its sections."""

    sections: Sequence[Section]
    total: int
    late: int

    @property
    def months(self) -> Sequence[AwaitedMonth]:
        return [month for section in self.sections for month in section.months]

    @property
    def unlisted(self) -> int:
        return self.total - len(self.months)


def register() -> None:
    """Tell the outbox how this room's message is composed."""
    outbox.register(MessageKind.REMINDERS, reminders)


def reminders(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """All that this person was told of and that is still awaited, provided something of this message still is."""
    account = session.get_one(Account, ids["account"])
    told = queries.told_to(session, account.id)
    today = clock.paris_date(now)
    concerned = {
        each.declaration_id: each.audience
        for each in queries.people_concerned(session, told.keys(), day=today, now=now, account_id=account.id)
    }
    key = message_key(account.id, date.fromisoformat(str(ids["day"])))
    spared = _spared(told, concerned, key)
    if spared is not None:
        return spared
    months = _months(session, concerned, today)
    new = {id_ for id_ in months if told[id_].message_key == key}
    room = sorted(months, key=lambda id_: id_ not in new)[: max(LISTED, len(new))]
    letter = Letter(_sections(months, concerned, set(room)), len(months), sum(each.is_late for each in months.values()))
    return outbox.mail_from_template("reminders/emails/due", {"letter": letter})


def _spared(told: Mapping[int, Reminder], concerned: Mapping[int, ReminderAudience], key: str) -> Spared | None:
    """Why nothing of the message under `key` is to be said any more, if so. `told` holds awaited months only."""
    if not told:
        return _FILED
    if not concerned:
        return _DEPARTED
    of_this_message = {id_ for id_, line in told.items() if line.message_key == key}
    if of_this_message & concerned.keys():
        return None
    return _DEPARTED if of_this_message else _OVERTAKEN


def _months(session: Session, concerned: Mapping[int, ReminderAudience], today: date) -> dict[int, AwaitedMonth]:
    """By declaration, most late first."""
    declarations = queries.months(session, concerned.keys()).values()
    awaited = queries.as_awaited(session, declarations)
    groupements = queries.coordinated(session, concerned.keys())
    months = {}
    for each in sorted(declarations, key=lambda each: (awaited[each.id].since, each.id)):
        path = _path(concerned[each.id], each, groupements.get(each.id))
        back, due_on = awaited[each.id].sent_back_on, _due_on(concerned[each.id], each)
        since = max(due_on, back or due_on)
        months[each.id] = AwaitedMonth(each, due_on, (today - since).days, back, path)
    return months


def _due_on(audience: ReminderAudience, declaration: Declaration) -> date:
    return part_due_on(declaration.due_on) if audience is ReminderAudience.EMPLOYER else declaration.due_on


def _sections(
    months: Mapping[int, AwaitedMonth], concerned: Mapping[int, ReminderAudience], listed: set[int]
) -> list[Section]:
    of_audience = {
        audience: [month for id_, month in months.items() if id_ in listed and concerned[id_] is audience]
        for audience in ReminderAudience
    }
    return [Section(audience, those) for audience, those in of_audience.items() if those]


def _path(audience: ReminderAudience, declaration: Declaration, groupement: str | None) -> str:
    """The month itself for who files or checks it, its part for an employer; the contract for its mandataire; the
    groupement for its network."""
    match audience:
        case ReminderAudience.EMPLOYER:
            return f"/declarations/{declaration.reference}/part"
        case ReminderAudience.MANDATAIRE:
            return f"/marches/{quote(declaration.contract.reference)}"
        case ReminderAudience.NETWORK:
            return f"/groupements/{groupement}"
        case _:
            return f"/declarations/{declaration.reference}"
