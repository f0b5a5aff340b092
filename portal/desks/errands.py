"""What waits for someone: one line each, in the order of the day it is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.kernel.french import MONTH_NAMES, plural, typo

Tone = Literal["late", "due", "quiet"]

_SHORTLY = 7
"""Days before its due date from which an errand is said to be due soon."""


@dataclass(frozen=True)
class Errand:
    """Something one person may do now, and where. Without a day, it waits after those that have one."""

    title: str
    why: str
    action: str
    url: str
    due_on: date | None = None
    note: str | None = None
    """Where it stands, in words: « Brouillon, pas encore déposée »."""

    @property
    def month_word(self) -> str:
        """« décembre »; empty for what has no day."""
        return MONTH_NAMES[self.due_on.month - 1] if self.due_on else ""

    def tone_on(self, today: date) -> Tone:
        if self.due_on is None or (self.due_on - today).days > _SHORTLY:
            return "quiet"
        return "late" if self.due_on < today else "due"

    def time_left(self, today: date) -> str | None:
        """« dans 7 jours », « depuis 3 jours »; None for what has no day."""
        if self.due_on is None:
            return None
        days = (self.due_on - today).days
        if days == 0:
            return "aujourd’hui"
        if days == 1:
            return "demain"
        return typo(f"dans {plural(days, 'jour')}" if days > 0 else f"en retard de {plural(-days, 'jour')}")


def in_order(errands: Iterable[Errand]) -> list[Errand]:
    """By due date, what has none last; equal days keep the order they came in."""
    return sorted(errands, key=lambda errand: errand.due_on or date.max)


def summary(errands: list[Errand], today: date) -> str:
    """« Trois choses. La première échéance est dans 7 jours. »"""
    if not errands:
        return "Rien ne vous attend."
    count = "Une chose." if len(errands) == 1 else f"{plural(len(errands), 'chose')}."
    late = sum(errand.tone_on(today) == "late" for errand in errands)
    if late:
        words = "Une est en retard." if late == 1 else f"{late} sont en retard."
        return typo(f"{count} {words}")
    left = errands[0].time_left(today)
    return typo(f"{count} La première échéance est {left}." if left else count)
