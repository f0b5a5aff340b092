"""What a support action says of itself, and where it stands. No database, no clock."""

from dataclasses import dataclass
from datetime import date

from portal.kernel.errors import RuleViolation
from portal.vocabulary import SupportKind


@dataclass(frozen=True)
class SupportFacts:
    kind: SupportKind
    helper: str
    reason: str
    started_on: date
    next_on: date | None = None
    project: str | None = None
    """The reference or the address of the project that it prepares for, as typed."""


def ensure_dated(facts: SupportFacts, today: date, *, next_before: date | None = None) -> None:
    """A date is set ahead; one that has passed since it was noted may stay as it is."""
    if facts.next_on is None or facts.next_on == next_before:
        return
    if facts.next_on < facts.started_on:
        raise RuleViolation("La prochaine date précède le début de l’accompagnement.", "next_on")
    if facts.next_on < today:
        raise RuleViolation("Cette date est passée\u202f: donnez la prochaine, ou laissez vide.", "next_on")


def ensure_result(result: str | None) -> None:
    if not result:
        raise RuleViolation("Dites en une phrase ce que cela a donné\u202f: la structure le lira.", "result")


def ensure_done_on(done_on: date, started_on: date, today: date) -> None:
    if done_on > today:
        raise RuleViolation("Ce jour n’est pas encore venu.", "done_on")
    if done_on < started_on:
        raise RuleViolation("Un accompagnement ne finit pas avant de commencer.", "done_on")


def is_late(next_on: date | None, done_on: date | None, today: date) -> bool:
    return done_on is None and next_on is not None and next_on < today
