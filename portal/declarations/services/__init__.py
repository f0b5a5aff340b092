"""What is done with a month: opened, filled in, deposited, accepted or sent back, reopened."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.declarations.facts import Decision, LineFacts, NewPerson
from portal.declarations.models import Declaration, Deposit, Line
from portal.kernel.actor import Actor


def open_months(session: Session, *, now: datetime) -> int:
    """Open each month that is due, once; returns how many."""
    raise NotImplementedError


def add_person(
    session: Session, declaration: Declaration, facts: NewPerson, *, expected_version: int, actor: Actor, now: datetime
) -> Line:
    """Add a person to the month. Problems stand on the field of `NewPerson` at fault (`last_name` for the prints)."""
    raise NotImplementedError


def save(
    session: Session,
    declaration: Declaration,
    rows: Sequence[LineFacts],
    comment: str | None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the draft as typed. Problems stand on `<field of LineFacts>_<line id>`: « hours_12 »."""
    raise NotImplementedError


def remove_line(
    session: Session, declaration: Declaration, line: Line, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Take a person out of the month."""
    raise NotImplementedError


def say_nil(
    session: Session, declaration: Declaration, nil: bool, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Say that nobody worked on the contract that month, or take it back."""
    raise NotImplementedError


def deposit(
    session: Session,
    declaration: Declaration,
    *,
    different_hours: bool = False,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Hand the month in. Raises RuleViolation on `different_hours` when somebody else already declared a person of it
    in the same contract and month: `different_hours=True` states that these are other hours."""
    raise NotImplementedError


def accept(
    session: Session,
    declaration: Declaration,
    decisions: Mapping[int, Decision],
    *,
    answer: str | None = None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Accept the last deposit. `decisions` by the id of its DepositLine; a line left out follows the rules.

    Problems stand on `<field of Decision>_<deposit line id>`: « note_34 ».
    """
    raise NotImplementedError


def send_back(
    session: Session, declaration: Declaration, comment: str, *, expected_version: int, actor: Actor, now: datetime
) -> Deposit:
    """Hand the last deposit back for correction, saying what is wrong (mandatory, on `comment`)."""
    raise NotImplementedError


def reopen(
    session: Session, declaration: Declaration, reason: str, *, expected_version: int, actor: Actor, now: datetime
) -> Deposit:
    """Take an acceptance back, saying why (mandatory, on `reason`); its hours leave the figures."""
    raise NotImplementedError
