"""A step that someone takes, as « Ce qui manque, et à qui le tour » tells it. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Standing(Enum):
    MISSING = "missing"
    LOOK = "look"
    """To look at: it forbids nothing."""
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One step. `by`: the organisations whose turn it is; `mine` and `theirs`: how each side reads it."""

    step: str
    """What mends it: answer, request, lots, members, terms, propose, accept, seal, file, documents; or nothing."""
    mine: str
    theirs: str = ""
    note: str | None = None
    by: frozenset[int] = frozenset()
    standing: Standing = Standing.MISSING
    member: str | None = None
    """The public id of the member it is about."""
    until: date | None = None
    blocks: bool = True
    """Whether the seal waits for it."""
