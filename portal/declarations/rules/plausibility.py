"""What deserves an explanation, and forbids nothing (domain.md § 2.5). No database, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.declarations.rules.month import FULL_TIME_HOURS, WorkedLine, is_unusual, most_hours_in
from portal.declarations.rules.retention import Terms, counted_training, is_counted
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DoubtKind

LEAST_CHANGE_OF_LINE = Decimal(35)
"""A week at full time: a smaller change is a day off, a bank holiday, a longer month."""

LEAST_CHANGE_OF_MONTH = FULL_TIME_HOURS
"""A full-time month: a smaller change is one person more or less, which their own line tells."""

_HALF = Decimal("0.5")


@dataclass(frozen=True)
class Doubt:
    """A warning that asks for an explanation; `line_id` None: the whole month."""

    kind: DoubtKind
    sentence: str
    line_id: int | None = None


def doubts_of_line(
    month: Month,
    line: WorkedLine,
    *,
    hours_before: Decimal | None,
    terms: Terms,
    runs_from: date,
    runs_to: date | None,
) -> list[Doubt]:
    """What looks unusual of one person's month; nothing as long as neither hours nor an exit are told.

    `hours_before`: the same person's, the month before; None when they were not there.
    """
    if not line.hours and line.exit_on is None:
        return []
    told = (
        (DoubtKind.FULL_TIME, _beyond_full_time(line) or _beyond_own_days(month, line)),
        (DoubtKind.OUTSIDE_CONTRACT, _outside(month, line, runs_from, runs_to)),
        (DoubtKind.PERIOD_OVER, _beyond_period(month, line, terms)),
        (DoubtKind.CHANGE, _changed_line(month, line, hours_before)),
        (DoubtKind.TRAINING, _too_much_training(line, terms)),
    )
    return [Doubt(kind, typo(sentence), line.id) for kind, sentence in told if sentence]


def doubts_of_month(
    month: Month, *, hours: Decimal, is_nil: bool, invoiced: Decimal | None, hours_before: Decimal | None
) -> list[Doubt]:
    """What looks unusual of the whole. Without hours yet, and not said « néant », there is nothing to compare."""
    return [Doubt(kind, typo(sentence)) for kind, sentence in _of_month(month, hours, is_nil, invoiced, hours_before)]


def _of_month(
    month: Month, hours: Decimal, is_nil: bool, invoiced: Decimal | None, before: Decimal | None
) -> Iterator[tuple[DoubtKind, str]]:
    if not hours and invoiced:
        yield (
            DoubtKind.INVOICED_WITHOUT_HOURS,
            "Le marché est facturé ce mois-ci, et aucune heure d’insertion n’est déclarée.",
        )
    if (hours or is_nil) and _changes(hours, before, LEAST_CHANGE_OF_MONTH):
        yield DoubtKind.CHANGE, _change_words(month, hours, before, "En tout, ")


def _beyond_full_time(line: WorkedLine) -> str | None:
    if not is_unusual(line):
        return None
    return f"Plus de {format_hours(FULL_TIME_HOURS)}, soit plus qu’un temps plein au mois : heures supplémentaires ?"


def _beyond_own_days(month: Month, line: WorkedLine) -> str | None:
    """An entry late in the month, or an exit early in it, leaves fewer days to work."""
    first, last = max(month.first_day, line.entered_on), min(month.last_day, line.exit_on or date.max)
    days = max(0, (last - first).days + 1)
    if (first, last) == (month.first_day, month.last_day) or line.hours <= most_hours_in(days):
        return None
    told = f"Entrée le {format_date(first)}" if first > month.first_day else f"Sortie le {format_date(last)}"
    return f"{told} : ces heures ne tiennent pas dans {plural(days, 'jour')}. La date, ou les heures ?"


def _outside(month: Month, line: WorkedLine, runs_from: date, runs_to: date | None) -> str | None:
    """Hours that the days of the contract in this month cannot hold, or an exit out of them."""
    first, last = max(month.first_day, runs_from), min(month.last_day, runs_to or date.max)
    is_cut = (first, last) != (month.first_day, month.last_day)
    left_late = line.exit_on is not None and runs_to is not None and line.exit_on > runs_to
    if not left_late and not (is_cut and line.hours > most_hours_in(max(0, (last - first).days + 1))):
        return None
    runs = (
        f"du {format_date(runs_from)} au {format_date(runs_to)}" if runs_to else f"depuis le {format_date(runs_from)}"
    )
    if not line.hours:
        return f"Cette sortie est hors des dates du marché, qui court {runs}."
    return f"Le marché court {runs} : ces heures n’y tiennent pas toutes. Un avenant le prolonge-t-il ?"


def _beyond_period(month: Month, line: WorkedLine, terms: Terms) -> str | None:
    if not line.hours or is_counted(month, line.entered_on, terms.counting_months):
        return None
    return (
        f"Entrée le {format_date(line.entered_on)} : au-delà des {terms.counting_months} mois pris en compte, "
        "les heures se déclarent mais ne sont pas retenues."
    )


def _changed_line(month: Month, line: WorkedLine, before: Decimal | None) -> str | None:
    """A fall is explained by an exit, a rise by an entry in the course of the month before."""
    if not line.hours or not _changes(line.hours, before, LEAST_CHANGE_OF_LINE):
        return None
    falls = before is not None and line.hours < before
    if line.exit_on is not None if falls else line.entered_on > (month + -1).first_day:
        return None
    return _change_words(month, line.hours, before, "")


def _changes(hours: Decimal, before: Decimal | None, least: Decimal) -> bool:
    """By more than half, and by enough to matter; from nothing, there is nothing to compare."""
    if not before:
        return False
    change = abs(hours - before)
    return change > before * _HALF and change >= least


def _change_words(month: Month, hours: Decimal, before: Decimal | None, first: str) -> str:
    then = format_hours(before or Decimal(0))
    words = f"{first}{format_hours(hours)} après {then} en {(month + -1).label} : l’écart dépasse la moitié. Pourquoi ?"
    return words[0].upper() + words[1:]


def _too_much_training(line: WorkedLine, terms: Terms) -> str | None:
    counted = counted_training(line.hours, line.training_hours, terms)
    if counted >= line.training_hours:
        return None
    if not terms.counts_training:
        return "Ce marché ne compte pas la formation : elle se déclare mais n’est pas retenue."
    return (
        f"Formation au-delà des {terms.training_cap_percent} % que le marché compte : {format_hours(counted)} au plus "
        f"seront retenues, sur {format_hours(line.training_hours)}."
    )
