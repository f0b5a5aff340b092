"""What one cell says: texts, numbers and dates as spreadsheets hold them or as people type them.

Problems say what to do, and nothing of what was typed: a name may stand in any cell, and problems are kept for a day.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from portal.declarations.forms.fields import birth_date_of
from portal.declarations.sheets.columns import NO, YES, label_of
from portal.kernel.errors import Unreadable
from portal.kernel.french import typo
from portal.kernel.hours import parse_hours
from portal.kernel.period import parse_period
from portal.kernel.text import fold
from portal.vocabulary import ContractType, Listed, PlannedPrecision, Sex

Choice = TypeVar("Choice", bound=Listed)

_HOUR = timedelta(hours=1)


class CellProblem(Exception):
    """`sentence` is French, says what to type, and holds nothing of the cell."""

    def __init__(self, sentence: str) -> None:
        self.sentence = typo(sentence)
        super().__init__(self.sentence)


def is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Any) -> str:
    """« 112 » for a number without decimals: a matricule typed as a number."""
    if isinstance(cell, bool | date | time | timedelta):
        raise CellProblem("Écrivez ce numéro en texte, sans le mettre au format d’une date.")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def hours_of(cell: Any) -> Decimal:
    """« 130 », « 112,50 », « 130 h », « 1 234,50 », or a duration of so many hours and minutes."""
    if isinstance(cell, bool | date):
        raise CellProblem(_HOURS)
    if isinstance(cell, time):
        cell = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, timedelta):
        return _exact(Decimal(cell // timedelta(seconds=1)) / Decimal(_HOUR // timedelta(seconds=1)))
    if isinstance(cell, str) and (lasted := _LASTED.fullmatch(cell)):
        return _exact(Decimal(lasted["hours"]) + Decimal(lasted["minutes"]) / 60)
    if isinstance(cell, int | float):
        return _exact(Decimal(repr(cell)))
    try:
        return parse_hours(str(cell))
    except Unreadable as problem:
        raise CellProblem(problem.sentence) from None


def _exact(hours: Decimal) -> Decimal:
    if not hours.is_finite() or hours > _TOO_MANY:
        raise CellProblem(_HOURS)
    rounded = round(hours, 2)
    if hours < 0:
        raise CellProblem("Le nombre d’heures ne peut pas être négatif : écrivez par exemple 112,50.")
    if abs(hours - rounded) > _NOISE:
        raise CellProblem("Le nombre d’heures a plus de deux décimales : écrivez par exemple 112,50.")
    return rounded


_LASTED = re.compile(r"PT(?P<hours>[0-9]{1,4})H(?P<minutes>[0-9]{2})M00(?:[.,]0+)?S")
"""How OpenDocument holds a duration."""
_NOISE = Decimal("0.000001")
"""What a spreadsheet adds to decimals that it holds in binary."""
_TOO_MANY = 10**9
_HOURS = "Écrivez les heures en chiffres : 130, 112,50 ou « 130 h »."


def day_of(cell: Any) -> date:
    """A date of the spreadsheet, « 03/11/2026 », « 2026-11-03 », « 3 novembre 2026 »."""
    if isinstance(cell, date):
        return _civil(cell)
    try:
        period = parse_period(str(cell)) if isinstance(cell, str) else None
    except Unreadable:
        period = None
    if period is None or period.precision is not PlannedPrecision.DAY:
        raise CellProblem("Écrivez un jour du calendrier, comme « 03/11/2026 ».")
    return period.starts_on


def birth_of(cell: Any) -> date:
    if isinstance(cell, date):
        return _civil(cell)
    try:
        return birth_date_of(str(cell).strip())
    except ValueError:
        raise CellProblem("Écrivez la date de naissance comme « 31/08/1990 ».") from None


def _civil(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def choice_of(cell: Any, choices: type[Choice]) -> Choice:
    """By label, code or name, whatever the case and the accents."""
    typed = fold(str(cell))
    found = _spelt(choices).get(typed)
    if not isinstance(found, choices):
        raise CellProblem(f"Choisissez dans la liste : {_told(choices)}")
    return found


_SHORT: dict[type[Listed], Mapping[str, Listed]] = {
    Sex: {"f": Sex.WOMAN, "h": Sex.MAN, "m": Sex.MAN},
    ContractType: {
        "contrat pro": ContractType.PROFESSIONNALISATION,
        "contrat apprentissage": ContractType.APPRENTICESHIP,
        "contrat d'apprentissage": ContractType.APPRENTICESHIP,
        "apprenti": ContractType.APPRENTICESHIP,
        "intérim": ContractType.INTERIM,
        "ctt": ContractType.INTERIM,
        "contrat de mission": ContractType.INTERIM,
        "etti": ContractType.ETTI_MISSION,
        "cddu": ContractType.CDD_USAGE,
        "cddt": ContractType.CDD_TREMPLIN,
    },
}
"""What people write in their own tables."""
_TOLD_WHOLE, _FIRST_TOLD = 13, 4


@cache
def _spelt(choices: type[Listed]) -> dict[str, Any]:
    spelt: dict[str, Any] = {fold(words): member for words, member in _SHORT.get(choices, {}).items()}
    for member in choices:
        spelt |= {fold(words): member for words in (member.name, member.value, member.label)}
    return spelt


def _told(choices: type[Listed]) -> str:
    members = list(choices)
    is_whole = len(members) <= _TOLD_WHOLE
    shown = [f"« {label_of(member)} »" for member in (members if is_whole else members[:_FIRST_TOLD])]
    return ", ".join(shown) + ("." if is_whole else ", ou un autre choix du modèle.")


def yes_or_no(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    typed = fold(text_of(cell))
    if typed in _SAID:
        return _SAID[typed]
    raise CellProblem(f"Écrivez « {YES} » ou « {NO} ».")


_SAID = {
    **dict.fromkeys(("oui", "o", "x", "1", "vrai", "yes"), True),
    **dict.fromkeys(("non", "n", "0", "faux", "no"), False),
}
