"""What an address of the API asks for, read strictly: a program that mistypes must know, not be answered beside."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.forecast.listing.selection import Cursor, Facet, Order, Selection, read_selection, word_of
from portal.kernel.french import NARROW
from portal.opendata.problems import BadParameter

MOST: Final = 100
USUAL: Final = 20
LONGEST_TEXT: Final = 120
MOST_VALUES: Final = 40
LONGEST_CURSOR: Final = 200

_LIMIT = re.compile("[1-9][0-9]{0,2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RANK = re.compile("[0-9]{1,9}", re.ASCII)
_START_AGAIN = "Repartez de la première page, sans « after », et suivez « links.next »."

Given = Mapping[str, list[str]]


@dataclass(frozen=True)
class Asked:
    """A selection of the public list, how many of it, after which place."""

    selection: Selection
    limit: int
    after: str | None

    def lot_cursor(self) -> Cursor | None:
        """The lot after which the page starts. Raises BadParameter when it belongs to another order."""
        if self.after is None:
            return None
        word, _, written = decoded(self.after).partition("~")
        order = self.selection.order
        cursor = Cursor.read(written, order, backwards=False) if word == order.word else None
        if cursor is None:
            raise BadParameter("after", f"Ce curseur ne va pas avec ce tri. {_START_AGAIN}")
        return cursor

    def rank(self) -> int:
        """The number after which the page starts, for what is listed in the order it came."""
        return rank_in(self.after)


def read_lots(pairs: Iterable[tuple[str, str]]) -> Asked:
    return _read(pairs, {"q", "tri", "limit", "after", *(facet.word for facet in Facet)})


def read_projects(pairs: Iterable[tuple[str, str]]) -> Asked:
    """As for lots, save the order: projects come in the order they were created in."""
    return _read(pairs, {"q", "limit", "after", *(facet.word for facet in Facet)})


def read_page(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Nothing to choose but the page."""
    return _read(pairs, {"limit", "after"})


def read_nothing(pairs: Iterable[tuple[str, str]]) -> None:
    _gathered(pairs, set())


def _read(pairs: Iterable[tuple[str, str]], known: set[str]) -> Asked:
    given = _gathered(pairs, known)
    for facet in Facet:
        _ensure_listed(facet, given.get(facet.word, []))
    _ensure_text(given)
    _ensure_order(given)
    selection = read_selection((name, value) for name, values in given.items() for value in values)
    return Asked(selection, _limit(given), _once(given, "after"))


def _gathered(pairs: Iterable[tuple[str, str]], known: set[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            accepted = ", ".join(sorted(known)) or "aucun"
            raise BadParameter(name[:60], f"Paramètre inconnu : « {_shown(name)} ». Paramètres acceptés : {accepted}.")
        given.setdefault(name, []).append(value)
    return given


def _ensure_listed(facet: Facet, words: list[str]) -> None:
    if len(words) > MOST_VALUES:
        raise BadParameter(facet.word, f"Trop de valeurs pour « {facet.word} » : {MOST_VALUES} au plus.")
    for word in words:
        known = read_selection([(facet.word, word)]).values(facet)
        if not known or word_of(facet, known[0]) != word:
            told = f"Valeur inconnue pour « {facet.word} » : « {_shown(word)} »."
            raise BadParameter(facet.word, f"{told} {_EXPECTED.get(facet, _IN_VOCABULARIES)}")


_IN_VOCABULARIES = "Les valeurs sont dans /api/v1/vocabularies (« word »)."
_EXPECTED = {
    Facet.COMMUNE: "Attendu : un code INSEE de commune, par exemple 33063.",
    Facet.BUYER: "Attendu : les quatorze chiffres d’un SIRET.",
    Facet.PERIOD: "Attendu : une année ou un trimestre, par exemple 2027 ou 2027-T2.",
}


def _ensure_text(given: Given) -> None:
    text = _once(given, "q")
    if text is None:
        return
    if len(text) > LONGEST_TEXT:
        raise BadParameter("q", f"Recherche trop longue : {LONGEST_TEXT} caractères au plus.")
    if not text or _CONTROL.search(text):
        raise BadParameter("q", "Recherche vide, ou avec des caractères qui ne s’écrivent pas.")


def _ensure_order(given: Given) -> None:
    word = _once(given, "tri")
    if word is not None and word not in {order.word for order in Order}:
        words = ", ".join(order.word for order in Order)
        raise BadParameter("tri", f"Tri inconnu : « {_shown(word)} ». Tris acceptés : {words}.")


def _limit(given: Given) -> int:
    written = _once(given, "limit")
    if written is None:
        return USUAL
    if not _LIMIT.fullmatch(written) or int(written) > MOST:
        raise BadParameter("limit", f"« limit » est un nombre entier de 1 à {MOST}.")
    return int(written)


def _once(given: Given, name: str) -> str | None:
    values = given.get(name, [])
    if len(values) > 1:
        raise BadParameter(name, f"« {name} » ne se donne qu’une fois.")
    return values[0] if values else None


def encoded(place: str) -> str:
    """A place as `after` carries it: opaque, so that nobody builds on what it is made of."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decoded(after: str) -> str:
    """Raises BadParameter for what no page of ours wrote."""
    try:
        padded = after.encode("ascii") + b"=" * (-len(after) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error, ValueError):
        place = ""
    if len(after) > LONGEST_CURSOR or not place or encoded(place) != after:
        raise BadParameter("after", f"Ce curseur n’est pas lisible. {_START_AGAIN}")
    return place


def rank_in(after: str | None) -> int:
    if after is None:
        return 0
    word, _, number = decoded(after).partition("~")
    if word != "n" or not _RANK.fullmatch(number):
        raise BadParameter("after", f"Ce curseur n’est pas de cette liste. {_START_AGAIN}")
    return int(number)


def lot_place(selection: Selection, cursor: Cursor) -> str:
    return encoded(f"{selection.order.word}~{cursor.written}")


def rank_place(number: int) -> str:
    return encoded(f"n~{number}")


def _shown(typed: str) -> str:
    """What was typed, short and on one line."""
    line = "".join(char if char.isprintable() else "�" for char in typed[:60])
    return f"{line}{NARROW}…" if len(typed) > 60 else line
