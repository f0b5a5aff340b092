"""What marks a path, and where somebody stands six months after they left (domain.md § 0 bis)."""

from calendar import monthrange
from datetime import date

from portal.contracts.rules import ends_on
from portal.kernel.errors import RuleViolation
from portal.kernel.month import Month
from portal.vocabulary import ExitKind, StepKind

ASKED_FROM_MONTHS, ASKED_UNTIL_MONTHS = 5, 9
"""Months after an exit between which the facilitateur is asked where the person stands."""


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or before; the last of the month when it has no such day."""
    month = Month.of(day) + months
    return date(month.year, month.month, min(day.day, monthrange(month.year, month.month)[1]))


def six_months_after(left_on: date) -> date:
    return months_after(left_on, 6)


def counted_until(entered_on: date, counting_months: int) -> Month:
    """The last month whose hours count: the one in which the period ends counts whole."""
    return Month.of(ends_on(entered_on, counting_months))


def months_left(until: Month, today: date) -> int:
    """How many months still count, the current one included; 0 once the period is over."""
    return max(0, (until.year - today.year) * 12 + until.month - today.month + 1)


def ensure_step(kind: StepKind, day: date, situation: ExitKind | None, *, today: date, left_on: date | None) -> None:
    """Raises RuleViolation on the field at fault."""
    if day > today:
        raise RuleViolation("Ce jour n’est pas encore venu.", "day")
    if kind is not StepKind.SIX_MONTHS:
        if situation is not None:
            raise RuleViolation("La situation ne se note que six mois après la sortie.", "situation")
        return
    if left_on is None or day < left_on:
        raise RuleViolation("Cette personne n’était pas sortie ce jour-là\u202f: rien n’est à noter à six mois.", "day")
    if situation is None:
        raise RuleViolation("Choisissez sa situation.", "situation")
