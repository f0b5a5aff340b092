"""What one cell of a programme says, as buyers and APProch write it. No database, no clock."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from portal.kernel.errors import Unreadable
from portal.kernel.french import typo
from portal.kernel.hours import parse_hours
from portal.kernel.money import parse_euros
from portal.kernel.period import PlannedPeriod, parse_period
from portal.kernel.text import fold
from portal.vocabulary import AmountBand, Lever, Procedure, PurchaseFamily, Trade


class CellProblem(Exception):
    """`sentence` is French and says what to write instead."""

    def __init__(self, sentence: str) -> None:
        self.sentence = typo(sentence)
        super().__init__(self.sentence)


_BLANK = {
    *("", "-", "–", "—", "nc", "n/c", "n.c.", "na", "n/a", "?", "non communique", "non renseigne", "a definir"),
    *("a preciser", "sans objet", "neant", "null", "none", "non connu", "inconnu"),
}
MOST_EUROS = Decimal(10**11)
_LONGEST_VALUE = 100
_MOST_PLACES = 300
"""In one cell: more communes than any intercommunality has."""


def is_blank(cell: str) -> bool:
    """Whether nobody knows yet: such a cell changes nothing."""
    return fold(cell) in _BLANK


def line_of(cell: str, most: int) -> str:
    bare = " ".join(cell.split())
    if len(bare) > most:
        raise CellProblem(f"Ce texte dépasse {most} caractères : raccourcissez-le.")
    return bare


def period_of(cell: str) -> PlannedPeriod:
    """« 2027-03-01 », « 01/03/2027 », « mars 2027 », « T2 2027 », « 2027 », and an instant of a data file."""
    _ensure_one_value(cell)
    bare = _INSTANT.sub(r"\1", cell.strip())
    try:
        return parse_period(bare)
    except Unreadable as problem:
        raise CellProblem(problem.sentence) from None


_INSTANT = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.+Z-]*$")


def amount_of(cell: str) -> dict[str, Decimal | AmountBand | None]:
    """The facts of the estimate that « 85 000 € », « 40k - 100k€ », « < 40k€ » or « 1M et plus » tell."""
    _ensure_one_value(cell)
    typed = fold(cell).replace("ht", "").replace("euros", "€").replace("eur", "€").strip()
    low, high = _bounds(typed)
    if low is not None and high is not None and low > high:
        raise CellProblem(_AMOUNT)
    return {"amount_low": low, "amount_high": high, "amount_band": None}


def _bounds(typed: str) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most; the upper bound of a band is outside it."""
    if ends := _RANGE.fullmatch(typed):
        low = _euros(ends["low"], ends["unit"] or ends["high_unit"])
        high = _euros(ends["high"], ends["high_unit"])
        return low, high - 1 if ends["unit"] or ends["high_unit"] else high
    if one := _BOUND.fullmatch(typed):
        euros = _euros(one["amount"], one["unit"])
        return (None, max(euros - 1, Decimal(0))) if one["sign"] in _BELOW else (euros, None)
    if one := _OPEN.fullmatch(typed):
        return _euros(one["amount"], one["unit"]), None
    if one := _ONE.fullmatch(typed):
        exact = _euros(one["amount"], one["unit"])
        return exact, exact
    raise CellProblem(_AMOUNT)


_BELOW = ("<", "<=", "≤", "moins de", "inferieur a", "jusqu'a")
_DIGITS = r"[0-9][0-9 .,]*"
_UNIT = r"(?:(?P<{}>k|m|md|millions?|mille)(?=\W|$))?\s*€?"
_RANGE = re.compile(
    rf"(?:entre |de )?(?P<low>{_DIGITS})\s*{_UNIT.format('unit')}\s*(?:-|–|a|et|/)\s*"
    rf"(?P<high>{_DIGITS})\s*{_UNIT.format('high_unit')}"
)
_BOUND = re.compile(
    rf"(?P<sign><=?|>=?|≤|≥|moins de|plus de|superieur a|inferieur a|jusqu'a|a partir de)\s*(?P<amount>{_DIGITS})\s*"
    rf"{_UNIT.format('unit')}"
)
_OPEN = re.compile(rf"(?P<amount>{_DIGITS})\s*{_UNIT.format('unit')}\s*(?:et plus|\+)")
_ONE = re.compile(rf"(?P<amount>{_DIGITS})\s*{_UNIT.format('unit')}")
_TIMES = {"k": 1_000, "mille": 1_000, "m": 1_000_000, "million": 1_000_000, "millions": 1_000_000, "md": 10**9}
_AMOUNT = "Écrivez le montant en chiffres, ou une tranche : « 85 000 », « 40k - 100k€ »."


def _euros(digits: str, unit: str | None) -> Decimal:
    try:
        euros = parse_euros(digits.strip(" .,")) * _TIMES.get(unit or "", 1)
    except Unreadable:
        raise CellProblem(_AMOUNT) from None
    if euros > MOST_EUROS:
        raise CellProblem("Ce montant dépasse cent milliards d’euros : vérifiez-le.")
    return euros


def months_of(cell: str) -> int:
    """« 48 », « 48 mois », « 4 ans »."""
    _ensure_one_value(cell)
    found = _MONTHS.fullmatch(fold(cell))
    months = int(found["count"]) * (12 if (found["unit"] or "").startswith("an") else 1) if found else 0
    if not 1 <= months <= _LONGEST:
        raise CellProblem("Écrivez la durée en mois : « 48 », ou « 4 ans ».")
    return months


_MONTHS = re.compile(r"(?P<count>[0-9]{1,4})(?:[.,]0+)?\s*(?P<unit>mois|ans?|annees?)?")
_LONGEST = 600


def hours_of(cell: str) -> Decimal:
    _ensure_one_value(cell)
    try:
        hours = parse_hours(cell)
    except Unreadable as problem:
        raise CellProblem(problem.sentence) from None
    if hours > 10**8:
        raise CellProblem("Ce nombre d’heures est trop grand : vérifiez-le.")
    return hours


def family_of(cell: str) -> PurchaseFamily:
    typed = fold(cell)
    found = next((family for family in PurchaseFamily if typed.startswith(fold(family.label)[:-1])), None)
    if found is None:
        raise CellProblem("Écrivez « Travaux », « Fournitures » ou « Services ».")
    return found


def trade_of(cell: str) -> Trade | None:
    """None for words that no trade bears."""
    return _TRADES.get(fold(cell))


_TRADES = {fold(words): trade for trade in Trade for words in (trade.label, trade.value, trade.sector_group)}


def procedure_of(cell: str) -> Procedure | None:
    """None for words that no procedure bears."""
    typed = fold(cell)
    return next((found for words, found in _PROCEDURES.items() if typed == words or words in typed), None)


_PROCEDURES: Mapping[str, Procedure] = {
    **{fold(procedure.label): procedure for procedure in Procedure},
    "adaptee": Procedure.ADAPTED,
    "mapa": Procedure.ADAPTED,
    "offres ouvert": Procedure.OPEN,
    "aoo": Procedure.OPEN,
    "offres restreint": Procedure.RESTRICTED,
    "aor": Procedure.RESTRICTED,
    "negociation": Procedure.NEGOTIATED,
    "negociee": Procedure.NEGOTIATED,
    "sans publicite": Procedure.WITHOUT_PUBLICITY,
    "dialogue": Procedure.COMPETITIVE_DIALOGUE,
}


def ended_of(cell: str) -> str | None:
    """Why a project with this status is no longer to be announced; None when it still is."""
    typed = fold(cell)
    if any(words in typed for words in _AHEAD):
        return None
    return next((reason for words, reason in _ENDED.items() if words in typed), None)


_AHEAD = ("a venir", "prepar", "previ", "programm", "planifi", "a lancer", "a publier", "projet", "brouillon")
_ENDED: Mapping[str, str] = {
    "abandon": "ce projet est abandonné",
    "annul": "ce projet est annulé",
    "sans suite": "ce projet est sans suite",
    "infruct": "cette consultation est close",
    "attrib": "ce marché est attribué",
    "notifi": "ce marché est attribué",
    "pass": "cette consultation est passée",
    "clos": "cette consultation est close",
    "clotur": "cette consultation est close",
    "termin": "cette consultation est terminée",
    "en cours": "cette consultation est en cours",
    "publi": "cette consultation est publiée",
    "lance": "cette consultation est lancée",
}


def is_known_status(cell: str) -> bool:
    typed = fold(cell)
    return any(words in typed for words in (*_AHEAD, *_ENDED))


def levers_of(cell: str) -> frozenset[Lever]:
    """The levers that a social consideration names, in the words of DECP or of people."""
    typed = fold(cell)
    if typed in _NONE or typed.startswith(("pas de", "aucun", "sans ")):
        return frozenset()
    found = {lever for words, lever in _LEVERS.items() if words in typed}
    if not found and typed not in _YES:
        raise CellProblem("Écrivez « clause sociale », « critère social », « marché réservé » ou « non ».")
    return frozenset(found or {Lever.CLAUSE})


_NONE = {"non", "n", "0", "faux", "no"}
_YES = {"oui", "o", "x", "1", "vrai", "yes"}
_LEVERS: Mapping[str, Lever] = {
    "clause": Lever.CLAUSE,
    "critere": Lever.CRITERION,
    "reserv": Lever.RESERVED,
    "services d'insertion": Lever.INSERTION_SERVICE,
}


def siren_of(cell: str) -> str:
    """Nine digits; a spreadsheet takes the noughts that stand before away."""
    digits = "".join(char for char in cell if char.isascii() and char.isdigit())
    if not 1 <= len(digits) <= 14 or len(digits) in range(10, 13):
        raise CellProblem("Écrivez un SIREN de 9 chiffres, ou un SIRET de 14.")
    return digits.zfill(14)[:9] if len(digits) > 9 else digits.zfill(9)


def cpv_of(cell: str) -> list[str]:
    """The codes that stand in a cell: « 90910000-9 », or several."""
    codes = [found[0] for found in re.findall(r"(?<![0-9])([0-9]{7,8})(-[0-9])?(?![0-9])", cell)]
    if not codes:
        raise CellProblem("Écrivez un code CPV de huit chiffres, comme « 90910000-9 ».")
    return [code.zfill(8) for code in codes]


def places_of(cell: str) -> list[str]:
    """What stands between bars, commas or semicolons."""
    parts = [" ".join(part.split()) for part in re.split(r"[|,;/\n]", cell) if part.strip()]
    if len(parts) > _MOST_PLACES:
        raise CellProblem("Cette case nomme plus de 300 lieux : écrivez « tout le territoire », ou moins de lieux.")
    return parts


def whole_territory(part: str) -> bool:
    return fold(part) in _WHOLE


_WHOLE = {
    *("tous", "toutes", "tout le territoire", "ensemble du territoire", "toutes les communes", "territoire entier"),
    *("tous les departements", "tout le departement"),
}

Reader = Callable[[str], Any]


def _ensure_one_value(cell: str) -> None:
    """Before anything reads it: what a thousand such cells would cost, and a sentence that tells one again."""
    if len(cell) > _LONGEST_VALUE:
        raise CellProblem("Cette case est trop longue pour être lue : elle attend une seule valeur.")
