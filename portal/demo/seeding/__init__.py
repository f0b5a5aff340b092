"""Writes the demonstration's world through the rooms, as if it had been lived: each act at its own instant, in order.

All in one transaction, whose last line says when it was done: an interrupted seed leaves nothing.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.demo import mark
from portal.demo.seeding import directory, forecast, people
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.purchases import ANCHOR
from portal.directory.services import load_reference
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
    stage = Stage(session)
    acts = sorted([*directory.acts(), *people.acts(), *forecast.acts()], key=lambda act: act.at)
    for done, act in enumerate(acts):
        if done % (len(acts) // _STEPS + 1) == 0:
            say(f"Préparation des données inventées : {100 * done // len(acts)} %")
        act.play(stage)
    forecast.finish(stage, acts[-1].at)


__all__ = ["Act", "Stage", "seed", "write"]
