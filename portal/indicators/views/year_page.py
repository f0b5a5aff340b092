"""What the page of a year says: sentences first, then what the pictures and the tables take."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from portal.indicators.facts import Figure
from portal.indicators.published import UNKNOWN, PublishedTerm, PublishedYear, Table
from portal.indicators.views import charts
from portal.indicators.views.wording import (
    SEXES,
    capital,
    count_words,
    label_of,
    month_name,
    percent,
    term_note,
    words_of,
)
from portal.kernel.french import NARROW, format_number, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros_short
from portal.kernel.month import Month
from portal.vocabulary import Sex

_PROMISING = ("marché de l’année promet des heures", "marchés de l’année promettent des heures")


@dataclass(frozen=True)
class YearPage:
    """One year in words, whoever reads it."""

    year: PublishedYear

    figures: ClassVar[type[Figure]] = Figure

    @property
    def hours_words(self) -> str:
        hours = self.year.hours
        return "masqué" if hours is None else format_number(hours, 0)

    @property
    def people_words(self) -> str:
        return count_words(self.year.people)

    @property
    def euros_words(self) -> tuple[str, str]:
        """The number and its unit: « 17,4 », « M€ »."""
        number, unit = format_euros_short(self.year.euros.ess).rsplit(NARROW, 1)
        return number, unit

    @property
    def current_term(self) -> PublishedTerm | None:
        return self.year.terms[-1] if self.year.terms else None

    @property
    def lots_label(self) -> str:
        """« lots réservés sur le mandat, 32 sur le précédent »."""
        terms = self.year.terms
        if not terms:
            return f"lots réservés lancés en {self.year.year}"
        before = f", {format_number(terms[-2].lots)} sur le précédent" if len(terms) > 1 else ""
        return f"lots réservés sur le mandat{before}"

    @property
    def lots_count(self) -> int:
        return self.current_term.lots if self.current_term else self.year.lots_of_year

    @property
    def months_sentence(self) -> str:
        table = self.year.hours_by_month
        if table is None:
            return typo(
                "Les heures de chaque mois ne sont pas montrées : elles diraient le travail de quelques personnes."
            )
        told = [(cell.value, Month.parse(cell.code).label) for cell in table if cell.value]
        if not told:
            return "Aucune heure n’est encore retenue."
        (most, strong), (least, weak) = max(told), min(told)
        if strong == weak:
            return typo(f"Toutes les heures sont de {strong} : {format_hours(most)}.")
        return typo(
            f"{capital(month_name(strong))} porte l’année, {format_number(most, 0)} h ; "
            f"{month_name(weak)} en est le creux, {format_number(least, 0)} h."
        )

    @property
    def columns(self) -> list[dict[str, Any]]:
        """None to draw when months are withheld, or hold no hour yet."""
        return charts.month_columns(self.year.hours_by_month or ()) if self.year.hours else []

    @property
    def exits_sentence(self) -> str:
        exits, dynamic = self.year.exits, self.year.dynamic_exits
        if exits == 0:
            return "Aucune sortie n’est encore constatée."
        if exits is None:
            return typo("Moins de cinq sorties sont constatées : leurs familles ne sont pas montrées.")
        if dynamic is None:
            return f"{plural(exits, 'sortie constatée', 'sorties constatées')}, dont le taux ne peut être montré."
        dynamics = plural(dynamic, "sortie dynamique", "sorties dynamiques")
        return f"{dynamics} sur {format_number(exits)} constatées, {percent(dynamic, exits)}."

    @property
    def segments(self) -> list[dict[str, Any]] | None:
        return charts.exit_segments(self.year.exits_by_family or ())

    @property
    def dynamic_words(self) -> str | None:
        """« 315 sorties dynamiques, 76 % »."""
        dynamic, exits = self.year.dynamic_exits, self.year.exits
        if dynamic is None or not exits:
            return None
        return f"{plural(dynamic, 'sortie dynamique', 'sorties dynamiques')}, {percent(dynamic, exits)}"

    @property
    def promise_sentences(self) -> list[str]:
        contracts, year = self.year.contracts, self.year.year
        if not contracts:
            return ["Aucun marché de l’année ne promet un nombre d’heures."]
        sentences = []
        if (best := charts.greatest_surplus(contracts)) is not None and best.retained is not None:
            sentences.append(
                typo(
                    f"« {best.object} » devait donner {format_number(best.promised, 0)} heures ; "
                    f"il en a donné {format_number(best.retained, 0)}."
                )
            )
        ended = [c for c in contracts if c.ends_on and c.ends_on.year == year and c.retained is not None]
        held = sum((contract.retained or 0) >= contract.promised for contract in ended)
        if len(ended) == 1:
            gave = "a donné" if held else "n’a pas donné"
            sentences.append(f"Le marché fini en {year} {gave} toutes les heures promises.")
        elif ended:
            gave = {0: "aucun n’a donné", 1: "un seul a donné"}.get(held, f"{format_number(held)} ont donné")
            sentences.append(f"Sur {format_number(len(ended))} marchés finis en {year}, {gave} les heures promises.")
        return sentences or [f"{plural(len(contracts), *_PROMISING)}."]

    @cached_property
    def pairs(self) -> list[charts.Pair]:
        return charts.pairs(self.year.contracts, self.year.year)

    @property
    def people_sentence(self) -> str:
        table = self.year.people_by_sex
        if self.year.people is None:
            return typo("Moins de cinq personnes ont travaillé : rien de plus n’en est montré.")
        shown = {cell.code: cell.value for cell in table or ()}
        counts = [(SEXES[sex][0], shown.get(sex.value)) for sex in Sex]
        if any(count is None for _, count in counts):
            return f"{plural(self.year.people, 'personne')}, chacune comptée une fois."
        return ", ".join(plural(count, word) for word, count in counts if count is not None) + "."

    @property
    def structures_sentence(self) -> str:
        return f"{plural(self.year.ess_structures, 'structure tenait', 'structures tenaient')} un marché en cours."

    @property
    def euros_sentence(self) -> str:
        euros = self.year.euros
        paid = euros.ess + euros.others
        if not paid:
            return "Aucun paiement n’est encore importé."
        return (
            f"{format_euros_short(euros.ess)} mandatés à des structures de l’ESS, sur {format_euros_short(paid)} "
            f"en tout, {percent(euros.ess, paid)}."
        )

    @property
    def lots_sentence(self) -> str:
        terms, of_year = self.year.terms, self.year.lots_of_year
        launched = f"{plural(of_year, 'lot réservé lancé', 'lots réservés lancés')} en {self.year.year}"
        if len(terms) < 2:
            return f"{launched}."
        before = format_number(terms[-2].lots)
        return typo(f"{plural(terms[-1].lots, 'lot')} sur ce mandat, {before} sur le précédent ; {launched}.")

    def measures(self, name: str) -> list[dict[str, Any]]:
        """A line a row of one of the tables, in shares of the greatest."""
        cells = [cell for cell in self.table(name) or () if cell.value != 0 or cell.code != UNKNOWN]
        most = max((cell.value for cell in cells if cell.value), default=Decimal(1))
        return [
            {
                "id": f"{name.replace('_', '-')}-{rank}",
                "label": capital(label_of(name, cell.code)),
                "words": words_of(name, cell),
                "share": float((cell.value or 0) / most),
            }
            for rank, cell in enumerate(cells, 1)
        ]

    @property
    def term_measures(self) -> list[dict[str, Any]]:
        most = max((term.lots for term in self.year.terms), default=0) or 1
        return [
            {
                "id": f"mandat-{rank}",
                "label": f"Mandat {term.name}",
                "words": format_number(term.lots),
                "share": term.lots / most,
                "note": term_note(term, self.year.year),
            }
            for rank, term in enumerate(self.year.terms, 1)
        ]

    def table(self, name: str) -> Table | None:
        table: Table | None = getattr(self.year, name)
        return table

    def rows(self, name: str) -> list[list[str]]:
        """A table's cells in words, for « Voir les données »."""
        return [[capital(label_of(name, cell.code)), words_of(name, cell)] for cell in self.table(name) or ()]
