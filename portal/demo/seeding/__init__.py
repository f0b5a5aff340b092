"""Writes the demonstration's world through the rooms, as if it had been lived: each act at its own instant, in order.

All in one transaction, whose last line says when it was done: an interrupted seed leaves nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.demo import mark
from portal.demo.seeding import (
    capacities,
    contracts,
    declarations,
    directory,
    forecast,
    groupements,
    people,
    present,
    promises,
    reminders,
    results,
    together,
    upstream,
)
from portal.demo.seeding.bulk import Row
from portal.demo.seeding.bulk import load as load_rows
from portal.demo.seeding.stage import Act, Line, Stage
from portal.demo.world.contracts import all_contracts
from portal.demo.world.months import all_filings
from portal.demo.world.payments import all_payments
from portal.demo.world.purchases import ANCHOR
from portal.directory.services import load_reference
from portal.journal.models import JournalEntry
from portal.storage import unit_of_work

_STEPS = 10

Say = Callable[[str], object]


def seed(*, say: Say) -> datetime:
    """Make all the data; the real instant at which that was done, which the clock shows as the anchor."""
    with unit_of_work() as session:
        write(session, say=say)
        return mark.leave(session, at=ANCHOR)


def write(session: Session, *, say: Say) -> None:
    """Play the whole story within the caller's transaction."""
    load_reference(session)
    directory.add_places(session)
    stage, made = Stage(session), all_contracts()
    filings, payments = all_filings(made), all_payments(made)
    months, told = declarations.Story(filings), reminders.Story(filings)

    def load(stage: Stage, year: int) -> None:
        months.load(stage, year)
        contracts.pay(stage, [payment for payment in payments if payment.paid_on.year == year])

    acts = [*directory.acts(), *people.acts(), *forecast.acts(made), *groupements.acts(made), *results.acts(load)]
    acts += [*upstream.acts(), *together.acts()]
    _play(stage, [*acts, *months.lines(), *told.lines()], say)
    load(stage, ANCHOR.year)
    months.finish(stage)
    promises.arrange(stage)
    present.arrange(stage)
    capacities.arrange(stage)
    told.finish(stage)
    contracts.finish(stage)
    forecast.finish(stage, ANCHOR)
    upstream.finish(stage)


def _play(stage: Stage, acts: Iterable[Act | Line], say: Say) -> None:
    """Each at its own instant, in order. Lines of the journal alone wait for the next act, and go in together."""
    in_order = sorted(acts, key=lambda act: act.at)
    lines: list[Row] = []
    for done, act in enumerate(in_order):
        if done % (len(in_order) // _STEPS + 1) == 0:
            say(f"Préparation des données inventées : {100 * done // len(in_order)} %")
        if isinstance(act, Line):
            lines.append(act.tell(stage))
            continue
        load_rows(stage.session, JournalEntry, lines)
        lines.clear()
        act.play(stage)
    load_rows(stage.session, JournalEntry, lines)


__all__ = ["Act", "Stage", "seed", "write"]
