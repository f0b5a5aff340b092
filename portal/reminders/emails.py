"""The one message of the day, composed when it leaves: what is still awaited then, of whoever still is concerned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.declarations.models import Declaration
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
    late_days: int
    """Calendar days since it was due, or sent back if that was later: 0 or fewer while there is still time."""
    sent_back_on: date | None
    path: str
    """Where the recipient can do something about it: pages that they may open."""


@dataclass(frozen=True)
class Section:
    """What is asked of the recipient in one capacity, and for which months, most late first."""

    audience: ReminderAudience
    months: Sequence[AwaitedMonth]

    @property
    def late(self) -> int:
        return sum(month.late_days > 0 for month in self.months)


@dataclass(frozen=True)
class Letter:
    """All that one message says. `unlisted` counts the months told before that it has no room for."""

    account: Account
    sections: Sequence[Section]
    unlisted: int

    @property
    def months(self) -> Sequence[AwaitedMonth]:
        return [month for section in self.sections for month in section.months]

    @property
    def late(self) -> int:
        return sum(section.late for section in self.sections)


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
    shown = sorted(concerned, key=lambda id_: (told[id_].message_key != key, id_))
    of_this_message = sum(told[id_].message_key == key for id_ in shown)
    listed = shown[: max(LISTED, of_this_message)]
    sections = _sections(session, {id_: concerned[id_] for id_ in listed}, today)
    letter = Letter(account, sections, unlisted=len(shown) - len(listed))
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


def _sections(session: Session, concerned: Mapping[int, ReminderAudience], today: date) -> list[Section]:
    declarations = queries.months(session, concerned.keys()).values()
    awaited = queries.as_awaited(session, declarations)
    groupements = queries.coordinated(session, concerned.keys())
    of_audience: defaultdict[ReminderAudience, list[AwaitedMonth]] = defaultdict(list)
    for each in sorted(declarations, key=lambda each: (awaited[each.id].since, each.id)):
        audience, steps = concerned[each.id], awaited[each.id]
        path = _path(audience, each, groupements.get(each.id))
        month = AwaitedMonth(each, (today - steps.since).days, steps.sent_back_on, path)
        of_audience[audience].append(month)
    return [Section(audience, of_audience[audience]) for audience in ReminderAudience if audience in of_audience]


def _path(audience: ReminderAudience, declaration: Declaration, groupement: str | None) -> str:
    """The month itself for who files or checks it; the contract for its mandataire; the groupement for its network."""
    match audience:
        case ReminderAudience.MANDATAIRE:
            return f"/marches/{quote(declaration.contract.reference)}"
        case ReminderAudience.NETWORK:
            return f"/groupements/{groupement}"
        case _:
            return f"/declarations/{declaration.reference}"
