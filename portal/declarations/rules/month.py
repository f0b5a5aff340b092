"""When a month is due, where it stands, and what it may say."""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from portal.kernel.business_days import business_day_from
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, ExitKind

FULL_TIME_HOURS = Decimal("151.67")
"""A month at 35 hours a week: beyond, worth a second look (domain.md § 2.5)."""

_WEEKLY_CEILING = 60
"""The most that anyone may work in a week, by way of exception (code du travail, L3121-21)."""


class WorkedLine(Protocol):
    """One person's month, on a working line or on a deposited one."""

    @property
    def id(self) -> int: ...
    @property
    def hours(self) -> Decimal: ...
    @property
    def training_hours(self) -> Decimal: ...
    @property
    def entered_on(self) -> date: ...
    @property
    def exit_on(self) -> date | None: ...
    @property
    def exit_kind(self) -> ExitKind | None: ...


def due_on(month: Month, due_day: int) -> date:
    """That day of the next month, moved to the first business day (domain.md § 0 bis)."""
    return business_day_from(date((month + 1).year, (month + 1).month, due_day))


def last_open_month(today: date) -> Month:
    """A month opens on the first day of the next one."""
    return Month.of(today) + -1


def ensure_awaited(state: DeclarationState) -> None:
    if state not in DeclarationState.awaited():
        raise RuleViolation(typo(f"Cette déclaration est « {state.label} » : elle ne se remplit plus."))


def ensure_deposited(state: DeclarationState) -> None:
    if state is not DeclarationState.DEPOSITED:
        raise RuleViolation(typo(f"Cette déclaration est « {state.facilitateur_label} » : il n’y a rien à vérifier."))


def ensure_accepted(state: DeclarationState) -> None:
    if state is not DeclarationState.ACCEPTED:
        raise RuleViolation(
            typo(f"Cette déclaration est « {state.facilitateur_label} » : seule une déclaration acceptée se rouvre.")
        )


def ensure_said(words: str | None, field: str) -> None:
    """Nothing is sent back nor reopened without saying why."""
    if not (words or "").strip():
        raise RuleViolation("Dites pourquoi en une phrase : le déclarant la lira.", field)


@dataclass(frozen=True)
class Problem:
    """What forbids the deposit; `field` is `<field>_<line id>`, or None for the whole month."""

    sentence: str
    field: str | None = None


def most_hours(month: Month) -> Decimal:
    """Beyond, hours were mistyped: sixty a week is the most that the law ever allows (L3121-21)."""
    return most_hours_in(calendar.monthrange(month.year, month.month)[1])


def most_hours_in(days: int) -> Decimal:
    """The most that anyone may work in so many days."""
    return (Decimal(_WEEKLY_CEILING * days) / 7).quantize(Decimal("0.01"), ROUND_DOWN)


def tells_something(line: WorkedLine) -> bool:
    """Hours or an exit: what a deposit copies. A person who is only expected stands in the draft."""
    return bool(line.hours) or line.exit_on is not None


def is_unusual(line: WorkedLine) -> bool:
    """Worth a warning, forbids nothing."""
    return line.hours > FULL_TIME_HOURS


def problems_of_draft(line: WorkedLine) -> Iterator[Problem]:
    """What cannot even be kept."""
    if line.training_hours > line.hours:
        yield _on(line, "training_hours", "La formation fait partie des heures : elle ne peut pas les dépasser.")
    if line.exit_on is not None and line.exit_kind is None:
        yield _on(line, "exit_kind", "Choisissez le motif de la sortie.")
    if line.exit_kind is not None and line.exit_on is None:
        yield _on(line, "exit_on", "Indiquez le jour de la sortie.")


def problems_of_line(month: Month, line: WorkedLine) -> Iterator[Problem]:
    yield from problems_of_draft(line)
    most = most_hours(month)
    if line.hours > most:
        yield _on(line, "hours", f"Une personne ne peut pas travailler plus de {format_hours(most)} en {month.label}.")
    if line.entered_on > month.last_day:
        yield _on(line, "hours", f"Cette personne est entrée le {format_date(line.entered_on)}, après {month.label}.")
    if line.exit_on is not None and not month.first_day <= line.exit_on <= month.last_day:
        yield _on(
            line, "exit_on", f"Cette sortie n’est pas en {month.label} : elle se déclare avec le mois où elle a lieu."
        )
    if line.exit_on is not None and line.exit_on < line.entered_on:
        yield _on(line, "exit_on", f"La sortie vient avant l’entrée, le {format_date(line.entered_on)}.")


def problems_of_month(month: Month, is_nil: bool, lines: Sequence[WorkedLine]) -> list[Problem]:
    """All that forbids the deposit, the whole month first."""
    is_told = any(tells_something(line) for line in lines)
    found = []
    if is_nil and is_told:
        found.append(Problem(typo("Ce mois est dit « néant », mais il porte des heures ou une sortie.")))
    if not is_nil and not is_told:
        found.append(
            Problem(typo("Ce mois est vide : indiquez des heures, ou dites que personne n’a travaillé (« néant »)."))
        )
    return found + [problem for line in lines for problem in problems_of_line(month, line)]


def ensure_depositable(month: Month, is_nil: bool, lines: Sequence[WorkedLine]) -> None:
    """Raises RuleViolation for the first problem."""
    _raise_first(problems_of_month(month, is_nil, lines))


def ensure_keepable(line: WorkedLine) -> None:
    _raise_first(problems_of_draft(line))


def _raise_first(problems: Iterable[Problem]) -> None:
    for problem in problems:
        raise RuleViolation(problem.sentence, problem.field)


def _on(line: WorkedLine, field: str, sentence: str) -> Problem:
    return Problem(typo(sentence), f"{field}_{line.id}")
