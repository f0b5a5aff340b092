"""What became known of each person's eligibility, as the months were accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.demo.world.contracts import Contract
from portal.demo.world.employment import Person
from portal.demo.world.months import Filing
from portal.demo.world.workforce import Work
from portal.vocabulary import DepositOutcome, EligibilityState

_DECIDED = frozenset({EligibilityState.CONFIRMED, EligibilityState.REFUSED})


@dataclass(slots=True)
class Decided:
    """Where somebody stands for the buyer; `at` when a facilitateur said so, None as long as it follows the rules."""

    person: Person
    state: EligibilityState
    contract: Contract
    at: datetime | None = None


def decisions(filings: Sequence[Filing]) -> list[Decided]:
    """One a person, in the order in which the person was first accepted."""
    accepted = [
        (handed.decided_at, filing)
        for filing in filings
        for handed in filing.handed
        if handed.outcome is DepositOutcome.ACCEPTED and handed.decided_at is not None
    ]
    found: dict[int, Decided] = {}
    for at, filing in sorted(accepted, key=lambda each: each[0]):
        for work in filing.works:
            _decide(found, work, at)
    return list(found.values())


def _decide(found: dict[int, Decided], work: Work, at: datetime) -> None:
    state, person = work.stay.eligible_in(work.month), work.stay.person
    known = found.setdefault(id(person), Decided(person, state, work.stay.post.contract))
    if known.at is not None:
        return
    known.state, known.contract = state, work.stay.post.contract
    if state in _DECIDED:
        known.at = at
