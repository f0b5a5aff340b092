"""What declarants tell of a month beside its lines: how people and the structure got on, and what was invoiced."""

from decimal import Decimal
from random import Random
from typing import TypedDict

from portal.demo.world.months import Filing
from portal.demo.world.texts import words
from portal.demo.world.workforce import LAST_MONTH
from portal.kernel.hundredths import from_hundredths
from portal.vocabulary import HiringMode

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
    return told


_TOLD = 0.6
"""How often a month is told in words."""
