"""What an alert of a later room says: that room registers who reads it, when the message leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.vocabulary import AlertKind


@dataclass(frozen=True)
class Piece:
    """One thing told. `path` is a page of the portal (« /rencontres/… ») that its reader may open."""

    sentence: str
    path: str
    details: Sequence[str] = ()
    """Paragraphs under it: the question and its answer, the place and the hour."""


Reader = Callable[[Session, Sequence[str]], Mapping[str, Piece]]
"""From subjects (« answer:7 ») to what each says now; what is no longer true is left out. A fixed number of
statements."""

_readers: dict[AlertKind, Reader] = {}


def register(kind: AlertKind, reader: Reader) -> None:
    """Raises ValueError when another reader already does."""
    if _readers.setdefault(kind, reader) is not reader:
        raise ValueError(f"two readers for {kind}")


def pieces(session: Session, kind: AlertKind, subjects: Sequence[str]) -> Mapping[str, Piece]:
    """What these subjects say; nothing for a type that no room of this process reads."""
    return _readers[kind](session, subjects) if subjects and kind in _readers else {}
