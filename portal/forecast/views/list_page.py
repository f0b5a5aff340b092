"""What the page of the public list shows, from what the search found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for

from portal.forecast.listing.rows import ListedLot
from portal.forecast.listing.search import Found
from portal.forecast.listing.selection import WITHOUT_LEVER, Facet, Order, Selection, word_of
from portal.forecast.views.blueprint import list_address
from portal.forecast.views.timeline import period_of, quarter_at, timeline_of
from portal.kernel.french import format_number, plural
from portal.kernel.period import Quarter
from portal.vocabulary import AmountBand, Confidence, Lever, Listed, Trade

_UP_TO_NINE = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")

Options = list[dict[str, Any]]


@dataclass(frozen=True)
class ListPage:
    """One view of the list, in words and addresses."""

    selection: Selection
    found: Found
    lots: Sequence[ListedLot]
    first_quarter: Quarter
    my_trades: Collection[Trade] = ()
    """Those of the structure that reads: the timeline marks their rows."""

    @property
    def title(self) -> str:
        return f"« {self.selection.text} » : les achats à venir" if self.selection.text else "Les achats à venir"

    @property
    def lead(self) -> str:
        """« 135 lots en préparation d’ici fin 2028, chez quatre acheteurs : … »."""
        found = self.found
        if not found.all_lots:
            return "Rien n’est encore publié : les premiers projets paraîtront ici, sans qu’il faille un compte."
        until = f" d’ici fin {found.last_quarter // 4}" if found.last_quarter else ""
        return (
            f"{plural(found.all_lots, 'lot')} en préparation{until}, chez {_counted(found.all_buyers)} : "
            "le temps de trouver des partenaires et de répondre ensemble."
        )

    @property
    def heading(self) -> str:
        if not self.selection.is_restricted:
            return plural(self.found.total, "lot")
        return f"{plural(self.found.total, 'lot')} sur {format_number(self.found.all_lots)}"

    @property
    def span(self) -> str | None:
        """« 21 à 40 »: where the page stands among the lots."""
        if not self.lots:
            return None
        return f"{format_number(self._rank)} à {format_number(self._rank + len(self.lots) - 1)}"

    @property
    def _rank(self) -> int:
        cursor = self.selection.cursor
        if cursor is None:
            return 1
        return self.found.before - len(self.lots) + 1 if cursor.backwards else self.found.before + 1

    @property
    def previous_url(self) -> str | None:
        if not self.lots or self._rank <= 1:
            return None
        return self.url(self.selection.starting(self.lots[0].cursor(backwards=True)))

    @property
    def next_url(self) -> str | None:
        if not self.lots or self._rank + len(self.lots) > self.found.total:
            return None
        return self.url(self.selection.starting(self.lots[-1].cursor()))

    @property
    def first_url(self) -> str:
        return self.url(self.selection.starting(None))

    @property
    def canonical_url(self) -> str:
        return self.url(self.selection)

    @property
    def clear_url(self) -> str:
        """Forgets the filters remembered too."""
        return url_for(
            "forecast.remember", tri=None if self.selection.order is Order.DATE else self.selection.order.word
        )

    @property
    def remember_url(self) -> str:
        return url_for("forecast.remember") + f"?{self.selection.starting(None).address()}"

    @property
    def changes_url(self) -> str:
        return self.url(Selection(order=Order.CHANGE))

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [(order.word, order.label) for order in Order]

    def url(self, selection: Selection) -> str:
        return list_address(selection)

    @cached_property
    def facets(self) -> list[dict[str, Any]]:
        """Each facet with its options and their counts, those ticked and how many show unfolded."""
        years = len(self._years)
        return [
            self._facet(Facet.LEVER, self._levers(), 8),
            self._facet(Facet.TRADE, self._listed(Facet.TRADE, "trade", Trade), 8, "Les autres métiers"),
            self._facet(Facet.COMMUNE, self._named(self.found.communes), 6, "Les autres communes"),
            self._facet(Facet.PERIOD, self._periods(), years, "Par trimestre"),
            self._facet(Facet.AMOUNT, self._listed(Facet.AMOUNT, "amount_band", AmountBand), 8),
            self._facet(Facet.BUYER, self._named(self.found.buyers), 6, "Les autres acheteurs"),
            self._facet(Facet.CONFIDENCE, self._listed(Facet.CONFIDENCE, "confidence", Confidence), 8),
        ]

    @property
    def active_filters(self) -> list[tuple[str, str]]:
        """The filters now on, each with the address that takes it off."""
        chosen = self.selection
        filters = [(f"« {chosen.text} »", self.url(chosen.without_text()))] if chosen.text else []
        for facet, values in chosen.chosen.items():
            filters += [(self._label(facet, value), self.url(chosen.without(facet, value))) for value in values]
        return filters

    def _label(self, facet: Facet, value: str) -> str:
        word = word_of(facet, value)
        options = next(each["options"] for each in self.facets if each["name"] == facet.word)
        return next((str(option["label"]) for option in options if option["value"] == word), value)

    def _facet(self, facet: Facet, options: Options, shown: int, more: str = "Voir les autres") -> dict[str, Any]:
        selected = [word_of(facet, value) for value in self.selection.values(facet)]
        return {
            "title": facet.title,
            "name": facet.word,
            "options": [option for option in options if option["count"] != "0" or option["value"] in selected],
            "selected": selected,
            "shown": shown,
            "more": more,
        }

    def _levers(self) -> Options:
        masks = self.found.counts_of("levers")
        options = [
            _option(
                word_of(Facet.LEVER, lever.value),
                lever.label,
                sum(n for mask, n in masks.items() if int(mask) >> bit & 1),
                kind=lever.value,
            )
            for bit, lever in enumerate(Lever)
        ]
        without = _option(word_of(Facet.LEVER, WITHOUT_LEVER), "À l’étude ou sans", masks["0"], kind="other")
        return [*options, without]

    def _listed(self, facet: Facet, column: str, vocabulary: type[Listed]) -> Options:
        counts = self.found.counts_of(column)
        return [
            _option(word_of(facet, code), label[:1].upper() + label[1:], counts[code])
            for code, label in vocabulary.choices()
        ]

    def _named(self, found: Sequence[tuple[str, str, int]]) -> Options:
        return [_option(code, name, count) for code, name, count in found]

    @cached_property
    def _years(self) -> dict[int, int]:
        years: dict[int, int] = {}
        for quarter, count in self.found.counts_of("quarter").items():
            years[int(quarter) // 4] = years.get(int(quarter) // 4, 0) + count
        for period in self.selection.values(Facet.PERIOD):
            years.setdefault(int(period[:4]), 0)
        return dict(sorted(years.items()))

    def _periods(self) -> Options:
        counts = self.found.counts_of("quarter")
        quarters = sorted({int(quarter) for quarter in counts} | set(self._chosen_quarters()))
        years = [_option(str(year), str(year), count) for year, count in self._years.items()]
        return years + [
            _option(period_of(quarter_at(index)), quarter_at(index).short_label, counts[str(index)])
            for index in quarters
        ]

    def _chosen_quarters(self) -> list[int]:
        chosen = [value for value in self.selection.values(Facet.PERIOD) if "-" in value]
        return [int(value[:4]) * 4 + int(value[-1]) - 1 for value in chosen]

    @cached_property
    def timeline(self) -> dict[str, Any]:
        return timeline_of(self.found, self.first_quarter, self._narrowed_url, self.my_trades)

    def _narrowed_url(self, facet: Facet, value: str) -> str:
        return self.url(self.selection.narrowed(facet, value))


def _option(value: str, label: str, count: int, kind: str | None = None) -> dict[str, Any]:
    return {"value": value, "label": label, "count": format_number(count), "kind": kind}


def _counted(buyers: int) -> str:
    if buyers == 1:
        return "un acheteur"
    words = _UP_TO_NINE[buyers] if buyers < len(_UP_TO_NINE) else format_number(buyers)
    return f"{words} acheteurs"
