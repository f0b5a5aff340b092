"""What later rooms say of a lot to the person who reads the list: « Pour vous », one sentence a lot."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from portal.kernel.actor import Actor

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
