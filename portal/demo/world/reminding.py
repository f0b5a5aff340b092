"""Who was reminded of which month, and when: what the morning job told, business day after business day."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

from portal.demo.world.months import Filing
from portal.demo.world.people import Person, everyone
from portal.demo.world.purchases import ANCHOR
from portal.kernel.business_days import is_business_day
from portal.kernel.clock import PARIS
from portal.reminders import rules
from portal.vocabulary import DeclarationState, DepositOutcome, ReminderAudience, ReminderStep, Role

_S, _A = DeclarationState, ReminderAudience
AT = time(8, 0, tzinfo=PARIS)
COORDINATED = {"2026-201-1": "cap-insertion"}
"""The contract that a groupement of a network won, and the network."""
_SUPPLIERS = frozenset({Role.STRUCTURE, Role.TITULAIRE})


@dataclass(frozen=True, slots=True)
class Told:
    """One step of one month, told to one person."""

    day: date
    person: str
    """The key of the account."""
    index: int
    """Of the filing."""
    step: ReminderStep
    audience: ReminderAudience
    reached_on: date


def all_told(filings: Sequence[Filing]) -> list[Told]:
    """By day, by person, by month. Nobody was told anything before they had an account."""
    found = [told for index, filing in enumerate(filings) for told in _told_of(filing, index)]
    return sorted(found, key=lambda told: (told.day, told.person, told.index))


def _told_of(filing: Filing, index: int) -> Iterator[Told]:
    concerned = [(audience, person) for audience in _A for person in _people(filing, audience)]
    told: defaultdict[str, list[ReminderStep]] = defaultdict(list)
    for day, month in _mornings(filing) if concerned else ():
        reached = rules.latest_reached(month, day)
        if reached is None:
            continue
        for key, audience in _in_place(filing, concerned, day).items():
            step, reached_on = reached
            if step.offset_days >= audience.first_step.offset_days and rules.is_to_tell(step, told[key]):
                told[key].append(step)
                yield Told(day, key, index, step, audience, reached_on)


def _in_place(
    filing: Filing, concerned: Sequence[tuple[ReminderAudience, Person]], day: date
) -> dict[str, ReminderAudience]:
    """Whoever had an account then, each in the capacity that concerns them first."""
    found: dict[str, ReminderAudience] = {}
    for audience, person in concerned:
        if person.since <= datetime.combine(day, AT) and _joins(audience, filing.due_on, day):
            found.setdefault(person.key, audience)
    return found


def _joins(audience: ReminderAudience, due_on: date, day: date) -> bool:
    return due_on <= day - timedelta(days=audience.first_step.offset_days)


def _mornings(filing: Filing) -> Iterator[tuple[date, rules.Awaited]]:
    """The business mornings on which the month was awaited, within the window of the steps, as it stood then."""
    for (since, state), (until, _) in pairwise([*_states(filing), (ANCHOR, filing.state)]):
        if state not in _S.awaited():
            continue
        begins, ends = since.astimezone(PARIS).date(), until.astimezone(PARIS).date()
        month = rules.Awaited(state, filing.due_on, begins if state is _S.RETURNED else None)
        day = max(begins, filing.due_on - timedelta(days=5))
        while day <= min(ends, filing.due_on + rules.ASKS_UNTIL):
            if since <= datetime.combine(day, AT) < until and is_business_day(day):
                yield day, month
            day += timedelta(days=1)


def _states(filing: Filing) -> Iterator[tuple[datetime, DeclarationState]]:
    yield filing.opened_at, _S.SUSPENDED if filing.state is _S.SUSPENDED else _S.EXPECTED
    if filing.begun_at is not None:
        yield filing.begun_at, _S.DRAFT
    for handed in filing.handed:
        yield handed.at, _S.DEPOSITED
        answered = handed.reopened_at or handed.decided_at
        if answered is not None:
            yield answered, _S.ACCEPTED if handed.outcome is DepositOutcome.ACCEPTED else _S.RETURNED


def _people(filing: Filing, audience: ReminderAudience) -> tuple[Person, ...]:
    contract, declarant = filing.post.contract, filing.post.holder.body.key
    match audience:
        case _A.DECLARANT:
            return _acting(declarant, _SUPPLIERS)
        case _A.MANDATAIRE:
            return () if contract.keys[0] == declarant else _acting(contract.keys[0], _SUPPLIERS)
        case _A.NETWORK:
            return _acting(COORDINATED.get(contract.bought.number), frozenset({Role.NETWORK}))
        case _A.FACILITATEUR:
            return _acting(contract.follower, frozenset({Role.FACILITATEUR}))
        case _:
            return ()


@cache
def _acting(organisation: str | None, roles: frozenset[Role]) -> tuple[Person, ...]:
    return tuple(person for person in everyone() for key, held in person.holds if key == organisation and held & roles)
