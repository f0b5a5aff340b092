"""What a visitor asks of the public list, and the one address that says so."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import MappingProxyType
from typing import Self
from urllib.parse import urlencode

from portal.kernel.text import slug
from portal.vocabulary import AmountBand, Confidence, Lever, Listed, Trade

WITHOUT_LEVER = "none"
"""The value of the lever facet for a lot that announces none."""

_LONGEST_TEXT = 120
_MOST_VALUES = 40
_LONGEST_SHOWN = 60
_MOST_UNREAD = 3


class Facet(Enum):
    """A way to restrict the list: the name it has in addresses, and its title. Each has one bit of its own."""

    LEVER = "levier", "Levier social"
    TRADE = "metier", "Métier"
    COMMUNE = "commune", "Commune"
    PERIOD = "periode", "Période"
    BUYER = "acheteur", "Acheteur"
    AMOUNT = "montant", "Montant"
    CONFIDENCE = "fiabilite", "Fiabilité de la date"

    def __init__(self, word: str, title: str) -> None:
        self.word = word
        self.title = title

    @property
    def bit(self) -> int:
        return 1 << list(Facet).index(self)


class Order(Enum):
    """How lots are sorted: the word in addresses, what people read, the column, whether the greatest comes first."""

    DATE = "date", "date prévue", "planned_on", False
    HOURS = "heures", "heures d’insertion", "hours", True
    AMOUNT = "montant", "montant", "amount", True
    CHANGE = "changement", "dernier changement", "changed_at", True

    def __init__(self, word: str, label: str, column: str, descending: bool) -> None:
        self.word = word
        self.label = label
        self.column = column
        self.descending = descending


Key = date | datetime | Decimal


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: right after a lot in the order at hand, or right before it when `backwards`.

    It holds the lot's sort key, so that what is published meanwhile neither hides nor repeats a lot.
    """

    key: Key
    lot_id: int
    backwards: bool = False

    @property
    def written(self) -> str:
        key = self.key.isoformat().replace("+00:00", "Z") if isinstance(self.key, date) else str(self.key)
        return f"{key}~{self.lot_id}"

    @classmethod
    def read(cls, written: str, order: Order, *, backwards: bool) -> Self | None:
        """None when it was not written by a page of this order."""
        key, _, lot_id = written.partition("~")
        if not re.fullmatch("[0-9]{1,9}", lot_id):
            return None
        try:
            return cls(_KEYS[order](key), int(lot_id), backwards)
        except (ValueError, OverflowError, InvalidOperation):
            return None


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
        raise ValueError(text)
    return Decimal(text)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant.astimezone(UTC)


_KEYS: Mapping[Order, Callable[[str], Key]] = MappingProxyType(
    {Order.DATE: date.fromisoformat, Order.HOURS: _amount, Order.AMOUNT: _amount, Order.CHANGE: _instant}
)


@dataclass(frozen=True)
class Selection:
    """One view of the list. Within a facet any value will do; across facets all must hold."""

    text: str = ""
    chosen: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    order: Order = Order.DATE
    cursor: Cursor | None = None

    @property
    def is_restricted(self) -> bool:
        return bool(self.text or self.chosen)

    @property
    def filters_on(self) -> int:
        return sum(len(values) for values in self.chosen.values())

    def values(self, facet: Facet) -> tuple[str, ...]:
        return self.chosen.get(facet, ())

    def address(self) -> str:
        """The query string that leads here, always the same for the same view; empty for the plain list."""
        pairs = [("q", self.text)] if self.text else []
        for facet in Facet:
            pairs += [(facet.word, word_of(facet, value)) for value in self.values(facet)]
        if self.order is not Order.DATE:
            pairs.append(("tri", self.order.word))
        if self.cursor:
            pairs.append(("avant" if self.cursor.backwards else "apres", self.cursor.written))
        return urlencode(pairs, safe="~:")

    def narrowed(self, facet: Facet, value: str) -> Self:
        """The same view, kept to one value of a facet."""
        return self._choosing(facet, (value,))

    def without(self, facet: Facet, value: str) -> Self:
        return self._choosing(facet, tuple(other for other in self.values(facet) if other != value))

    def without_text(self) -> Self:
        return replace(self, text="", cursor=None)

    def starting(self, cursor: Cursor | None) -> Self:
        return replace(self, cursor=cursor)

    def sorted_by(self, order: Order) -> Self:
        return replace(self, order=order, cursor=None)

    def _choosing(self, facet: Facet, values: tuple[str, ...]) -> Self:
        chosen = {other: self.chosen[other] for other in self.chosen if other is not facet}
        return replace(self, chosen=chosen | ({facet: values} if values else {}), cursor=None)


def read_selection(pairs: Iterable[tuple[str, str]]) -> Selection:
    """What the pairs of a query string ask for; whatever is unknown or unreadable asks for nothing."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    order = next((order for order in Order if order.word in given.get("tri", ())), Order.DATE)
    chosen = {facet: values for facet in Facet if (values := _read_values(facet, given.get(facet.word, ())))}
    typed = "".join(char if char.isprintable() else " " for char in " ".join(given.get("q", ())))
    text = " ".join(typed.split())[:_LONGEST_TEXT].strip()
    return Selection(text, chosen, order, _read_cursor(given, order))


def unread(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What the pairs of a query string hold that `read_selection` leaves out, as « metier=xyz », each once."""
    left = (f"{name}={value}" for name, value in pairs if value.strip() and not _is_read(name, value))
    return list(dict.fromkeys(shown[:_LONGEST_SHOWN] for shown in left))[:_MOST_UNREAD]


def _is_read(name: str, value: str) -> bool:
    if name == "tri":
        return any(order.word == value for order in Order)
    if name in {"apres", "avant"}:
        return any(Cursor.read(value, order, backwards=False) for order in Order)
    facet = next((facet for facet in Facet if facet.word == name), None)
    return name == "q" if facet is None else _value_of(facet, value.strip()) is not None


def _read_cursor(given: Mapping[str, list[str]], order: Order) -> Cursor | None:
    for name, backwards in (("apres", False), ("avant", True)):
        if name in given:
            return Cursor.read(given[name][0], order, backwards=backwards)
    return None


def _read_values(facet: Facet, words: Iterable[str]) -> tuple[str, ...]:
    read = {value for word in words if (value := _value_of(facet, word.strip())) is not None}
    return tuple(sorted(read, key=_rank_of(facet)))[:_MOST_VALUES]


def word_of(facet: Facet, value: str) -> str:
    """How a value is written in addresses: French for closed lists, the code itself for the others."""
    return _WORDS[facet].get(value, value) if facet in _WORDS else value


def _value_of(facet: Facet, word: str) -> str | None:
    if facet in _WORDS:
        return _CODES[facet].get(word.lower())
    shape = _SHAPES[facet]
    return word.upper() if shape.fullmatch(word.upper()) else None


def _rank_of(facet: Facet) -> Callable[[str], int | str]:
    if facet in _WORDS:
        return list(_WORDS[facet]).index
    return lambda value: value


def _words(vocabulary: type[Listed]) -> dict[str, str]:
    return {member.value: slug(member.label) for member in vocabulary}


_WORDS: Mapping[Facet, Mapping[str, str]] = MappingProxyType(
    {
        Facet.LEVER: _words(Lever) | {WITHOUT_LEVER: "a-l-etude"},
        Facet.TRADE: _words(Trade),
        Facet.AMOUNT: _words(AmountBand),
        Facet.CONFIDENCE: _words(Confidence),
    }
)
_CODES = {facet: {word: code for code, word in words.items()} for facet, words in _WORDS.items()}
_SHAPES = {
    Facet.COMMUNE: re.compile("[0-9][0-9AB][0-9]{3}"),
    Facet.PERIOD: re.compile("20[0-9]{2}(-T[1-4])?"),
    Facet.BUYER: re.compile("[0-9]{14}"),
}
