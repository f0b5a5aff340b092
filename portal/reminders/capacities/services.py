"""Promise each person one message for each half-year that their structure left its capacity unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.directory.rules import capacity_due_on
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.business_days import is_business_day
from portal.kernel.french import format_date
from portal.reminders.capacities import queries, rules
from portal.reminders.capacities.queries import Person
from portal.vocabulary import Event, MessageKind

PEOPLE_AT_ONCE = 200


@dataclass(frozen=True)
class Ask:
    """A person, and the step for which they are to be told."""

    person: Person
    step: date

    @property
    def key(self) -> str:
        """Once a person, a structure and a planned half-year."""
        return f"capacity:{self.person.organisation_id}:{self.person.account_id}:{self.step.isoformat()}"


def due(session: Session, *, now: datetime) -> list[Ask]:
    """What is to be promised on the Paris day of `now`: nothing unless it is a business day."""
    day = clock.paris_date(now)
    if not is_business_day(day):
        return []
    people = queries.to_ask(session, capacity_due_on(day, -1), now)
    reached = [(each, rules.step_reached(each.confirmed_on, each.known_since, day)) for each in people]
    asks = [Ask(each, step) for each, step in reached if step is not None]
    known: set[str] = set()
    for start in range(0, len(asks), PEOPLE_AT_ONCE):
        known |= queries.already_promised(session, [ask.key for ask in asks[start : start + PEOPLE_AT_ONCE]])
    return [ask for ask in asks if ask.key not in known]


def promise(session: Session, asks: Sequence[Ask], *, actor: Actor, now: datetime) -> int:
    """Promise these messages; those that another run promised meanwhile are not promised twice."""
    promises = [
        outbox.Promise(
            ask.person.email,
            {
                "organisation": ask.person.organisation_id,
                "account": ask.person.account_id,
                "step": ask.step.isoformat(),
            },
            ask.key,
        )
        for ask in asks
    ]
    promised = len(outbox.promise_each(session, MessageKind.CAPACITY_DUE, promises, now=now))
    if promised:
        day = clock.paris_date(now)
        subject = ("capacities", day.toordinal(), f"Capacités à relire, {format_date(day)}")
        journal.record(session, Event.REMINDERS_PROMISED, subject, actor=actor, at=now, after={"messages": promised})
    return promised
