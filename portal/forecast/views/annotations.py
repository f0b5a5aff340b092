"""What later rooms say of a lot to the person who reads the list: « Pour vous », one sentence a lot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import OfferedTrade
from portal.forecast.listing.rows import ListedLot
from portal.kernel.actor import Actor
from portal.vocabulary import Trade

Annotator = Callable[[Session, Actor, Sequence[int]], Mapping[int, str]]
"""From lot ids to the sentence of each lot that it has something to say about, in a fixed number of statements."""

_annotators: list[Annotator] = []


def use(annotator: Annotator) -> None:
    """Called once by a later room's `furnish()`."""
    if annotator not in _annotators:
        _annotators.append(annotator)


def annotate(session: Session, actor: Actor, lot_ids: Sequence[int]) -> Mapping[int, str]:
    """The sentence of each lot, for somebody signed in; the first room that has one to say says it.

    Anonymous visitors share their pages: nothing is said to them.
    """
    said: dict[int, str] = {}
    if actor.is_signed_in and lot_ids:
        for annotator in reversed(_annotators):
            said |= annotator(session, actor, lot_ids)
    return said


@dataclass(frozen=True)
class ForReader:
    """The rows of the list as one person reads them, and the trades of the structure they act for."""

    lots: Sequence[ListedLot]
    trades: frozenset[Trade] = frozenset()


def for_reader(session: Session, actor: Actor, lots: Sequence[ListedLot]) -> ForReader:
    """Nothing more is asked of the database for an anonymous visitor."""
    if not actor.is_signed_in:
        return ForReader(lots)
    offered = select(OfferedTrade.trade).where(OfferedTrade.organisation_id == actor.organisation_id)
    said = annotate(session, actor, [lot.lot_id for lot in lots])
    told = [replace(lot, for_you=said.get(lot.lot_id)) for lot in lots]
    return ForReader(told, frozenset(session.scalars(offered)))
