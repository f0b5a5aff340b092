"""Months, days and states in the words of each side."""

from datetime import date, datetime
from decimal import Decimal

from portal.declarations.models import Declaration
from portal.kernel.french import format_date_long, format_instant, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, EligibilityState

_TONES = {
    DeclarationState.EXPECTED: "due",
    DeclarationState.DRAFT: "due",
    DeclarationState.RETURNED: "late",
    DeclarationState.ACCEPTED: "ok",
}
ELIGIBILITY_TONES = {
    EligibilityState.CONFIRMED: "ok",
    EligibilityState.PRESUMED: "ok",
    EligibilityState.REFUSED: "late",
}


def of_month(month: Month) -> str:
    """« de novembre 2026 », « d’octobre 2026 »."""
    return f"d’{month.label}" if month.label[0] in "ao" else f"de {month.label}"


def at_hour(instant: datetime) -> str:
    """« à 9 h 42 », as read in Paris."""
    return f"à {format_instant(instant).rsplit(' à ', 1)[1]}"


def short_month(month: Month) -> str:
    """« oct. »: beside a figure, where the year is known."""
    return _SHORT_MONTHS[month.month - 1]


_SHORT_MONTHS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def days_away(days: int) -> str:
    """« aujourd’hui », « demain », « dans 7 jours », « il y a 3 jours »."""
    if days in _NEAR:
        return _NEAR[days]
    return f"dans {plural(days, 'jour')}" if days > 0 else f"il y a {plural(-days, 'jour')}"


_NEAR = {0: "aujourd’hui", 1: "demain", -1: "hier"}


def due_words(declaration: Declaration, today: date) -> str:
    """« à déposer au plus tard le jeudi 10 décembre 2026, dans 7 jours », « c’était pour le … »"""
    day = format_date_long(declaration.due_on)
    if declaration.is_late_on(today):
        return f"c’était pour le {day}, {days_away((declaration.due_on - today).days)}"
    return f"à déposer au plus tard le {day}, {days_away((declaration.due_on - today).days)}"


def state_words(declaration: Declaration, *, checks: bool) -> str:
    """The state with a capital, as the declarant or the facilitateur reads it."""
    words = declaration.state.facilitateur_label if checks else declaration.state.label
    return typo(words[0].upper() + words[1:])


def tone(declaration: Declaration, today: date, *, checks: bool = False) -> str | None:
    """How the state is coloured: late and returned in brick for who must act, deposited in ochre for who checks."""
    if declaration.is_late_on(today):
        return "late"
    if checks:
        return "due" if declaration.state is DeclarationState.DEPOSITED else _CHECKERS.get(declaration.state)
    return _TONES.get(declaration.state)


_CHECKERS = {DeclarationState.ACCEPTED: "ok"}


def whole_hours(hours: Decimal) -> str:
    """« 8 912 h »: a rhythm is told without decimals."""
    return format_hours(hours.quantize(Decimal(1)))
