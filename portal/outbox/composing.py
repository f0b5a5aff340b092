"""How each kind of message is composed: by the feature that promised it, when it leaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.outbox.rules import ensure_one_line


@dataclass(frozen=True)
class Mail:
    """What is sent. Raises ValueError when the subject, or the address that stops it, holds more than one line."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str | None = None
    """Where a POST stops messages of this sort at once (RFC 8058); None for what cannot be stopped."""

    def __post_init__(self) -> None:
        ensure_one_line(self.subject)
        ensure_one_line(self.unsubscribe_url or "")


@dataclass(frozen=True)
class Spared:
    """The message is no longer due; `reason` says why, in French."""

    reason: str


Ids = Mapping[str, int | str]
Composer = Callable[[Session, Ids, datetime], Mail | Spared]

_composers: dict[str, Composer] = {}


class UnknownKind(LookupError):
    """No room of this process composes this kind of message."""


def register(kind: str, composer: Composer) -> None:
    """Have `composer` compose the messages of `kind`: from their ids, in a read-only session, at an instant.

    Raises ValueError when another composer already does.
    """
    if _composers.setdefault(kind, composer) is not composer:
        raise ValueError(f"two composers for {kind}")


def compose(session: Session, kind: str, ids: Ids, now: datetime) -> Mail | Spared:
    if kind not in _composers:
        raise UnknownKind(kind)
    return _composers[kind](session, ids, now)
