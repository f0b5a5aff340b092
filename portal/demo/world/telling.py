"""What declarants tell of a month beside its lines: how people and the structure got on, and what was invoiced."""

from decimal import Decimal
from random import Random
from typing import TypedDict

from portal.demo.world.months import Filing
from portal.demo.world.texts import words
from portal.demo.world.workforce import LAST_MONTH
from portal.kernel.hundredths import from_hundredths
from portal.vocabulary import ActionKind, CommitmentKind, HiringMode

_SINCE = LAST_MONTH - 23
"""Words and euros were asked two years before the demonstration's day."""


class Told(TypedDict):
    """As the columns of a month."""

    comment: str | None
    people_progress: str | None
    structure_progress: str | None
    explanation: str | None
    invoiced: Decimal | None
    paid_to_structures: Decimal | None
    labour_hours: Decimal | None


def told_of(filing: Filing) -> Told:
    """The same each time it is asked."""
    told = Told(
        comment=None,
        people_progress=None,
        structure_progress=None,
        explanation=None,
        invoiced=None,
        paid_to_structures=None,
        labour_hours=None,
    )
    if not (filing.handed and filing.works) or filing.number < _SINCE:
        return told
    contract, holder = filing.post.contract, filing.post.holder
    random = Random(f"amont: telling {contract.bought.key} {holder.body.key} {filing.number}")
    told["people_progress"] = random.choice(words("telling")["people"]) if random.random() < _TOLD else None
    told["structure_progress"] = random.choice(words("telling")["structure"]) if random.random() < _TOLD / 2 else None
    share = contract.amount * holder.part / 10_000 / contract.bought.months
    told["invoiced"] = (share * random.randint(80, 118) / 100).quantize(Decimal(1))
    lent = [work.hours for work in filing.works if work.stay.hiring_mode is HiringMode.MISE_A_DISPOSITION]
    told["paid_to_structures"] = (from_hundredths(sum(lent)) * random.randint(23, 29)).quantize(Decimal(1))
    told["labour_hours"] = _labour(filing, random)
    return told


def actions_of(filing: Filing) -> list[ActionKind]:
    """The actions done in a month, on a contract that promises some: one in a while."""
    kind, _, action = filing.post.contract.other_promise or (None, None, None)
    if kind is not CommitmentKind.ACTIONS or action is None or not (filing.handed and filing.works):
        return []
    return [action] if filing.number % _BETWEEN_ACTIONS == 0 else []


def _labour(filing: Filing, random: Random) -> Decimal | None:
    """All hours of labour, on a contract that promises a share of them: what was worked is about that share."""
    kind, share, _ = filing.post.contract.other_promise or (None, Decimal(0), None)
    if kind is not CommitmentKind.LABOUR_SHARE:
        return None
    worked = from_hundredths(sum(work.hours for work in filing.works))
    return (worked * 100 / share * random.randint(88, 115) / 100).quantize(Decimal("0.5"))


_BETWEEN_ACTIONS = 5
_TOLD = 0.6
"""How often a month is told in words."""
