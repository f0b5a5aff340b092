"""What the page of one figure says: its definition, its public tables, and what has changed since the edition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.indicators.definitions import DEFINITIONS, Definition
from portal.indicators.facts import Figure
from portal.indicators.published import PublishedYear
from portal.indicators.views.wording import SMALL, percent, retained_words
from portal.indicators.views.year_page import YearPage
from portal.kernel.french import format_date, format_number, plural
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.kernel.paging import last_page

CONTRACTS_A_PAGE = 50

Link = Callable[..., str]

_UNITS = {Figure.HOURS: format_hours, Figure.EUROS: format_euros}


@dataclass(frozen=True)
class PublicTable:
    caption: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] | None = None
    withheld: bool = False
    """Nothing of it may be shown."""


@dataclass(frozen=True)
class Gap:
    """A figure that is no longer what its edition says."""

    figure: Figure
    label: str
    frozen: str
    now: str
    difference: str


def words(figure: Figure, value: Decimal | None) -> str:
    """A figure's one number in words."""
    if value is None:
        return SMALL if figure in {Figure.PEOPLE, Figure.EXITS} else "masqué"
    return _UNITS.get(figure, format_number)(value)


def gaps(frozen: PublishedYear, now: PublishedYear) -> list[Gap]:
    """What has changed since the year was frozen, figure by figure."""
    found = []
    for figure, then in frozen.headlines.items():
        today = now.headlines[figure]
        if today == then:
            continue
        difference = "—" if then is None or today is None else _signed(figure, today - then)
        label = "Lots réservés lancés dans l’année" if figure is Figure.LOTS else figure.label
        found.append(Gap(figure, label, words(figure, then), words(figure, today), difference))
    return found


def _signed(figure: Figure, difference: Decimal) -> str:
    return ("+" if difference > 0 else "") + words(figure, difference)


@dataclass(frozen=True)
class FigurePage:
    """One figure of one year."""

    figure: Figure
    year: PublishedYear
    page: int = 1
    link: Link | None = None
    """Leads to a contract: for the buyer's people."""

    @property
    def definition(self) -> Definition:
        return DEFINITIONS[self.figure]

    @property
    def headline(self) -> str | None:
        if self.figure is Figure.LOTS or self.figure not in self.year.headlines:
            return None
        return words(self.figure, self.year.headlines[self.figure])

    @property
    def last_page(self) -> int:
        if self.figure is not Figure.CONTRACTS:
            return 1
        return last_page(len(self.year.contracts), CONTRACTS_A_PAGE)

    @property
    def tables(self) -> list[PublicTable]:
        """The public ones: eight in all, over the seven figures."""
        make: Mapping[Figure, Callable[[], list[PublicTable]]] = {
            Figure.HOURS: lambda: [self._table("hours_by_month", "Heures retenues, par mois", "Mois", "Heures")],
            Figure.PEOPLE: lambda: [
                self._table("people_by_sex", "Personnes, par sexe", "Sexe", "Personnes"),
                self._table("people_by_age", "Personnes, par âge à l’entrée", "Âge", "Personnes"),
            ],
            Figure.EXITS: lambda: [self._exits()],
            Figure.STRUCTURES: lambda: [
                self._table("structures", "Structures, par catégorie", "Catégorie", "Structures")
            ],
            Figure.EUROS: lambda: [self._euros()],
            Figure.LOTS: lambda: [self._lots()],
            Figure.CONTRACTS: lambda: [self._contracts()],
        }
        return make[self.figure]()

    def _table(self, name: str, caption: str, heading: str, measure: str) -> PublicTable:
        page = YearPage(self.year)
        columns = [(heading, False), (measure, True)]
        if page.table(name) is None:
            return PublicTable(caption, columns, [], withheld=True)
        total = ["Toute l’année" if self.figure is Figure.HOURS else "En tout", self.headline or ""]
        return PublicTable(caption, columns, page.rows(name), total)

    def _exits(self) -> PublicTable:
        table = self._table("exits_by_family", "Sorties constatées, par famille", "Famille", "Sorties")
        dynamic, exits = self.year.dynamic_exits, self.year.exits
        if table.withheld or dynamic is None or not exits:
            return table
        rate = ["dont sorties dynamiques", f"{format_number(dynamic)}, soit {percent(dynamic, exits)}"]
        return PublicTable(table.caption, table.columns, [*table.rows, rate], table.total)

    def _euros(self) -> PublicTable:
        euros = self.year.euros
        rows = [
            ["À des structures de l’ESS", format_euros(euros.ess)],
            ["À d’autres organisations", format_euros(euros.others)],
        ]
        total = ["En tout, sur les marchés suivis", format_euros(euros.ess + euros.others)]
        return PublicTable(
            "Euros mandatés dans l’année, hors taxes", [("À qui", False), ("Montant", True)], rows, total
        )

    def _lots(self) -> PublicTable:
        columns = [("Mandat", False), ("Du", False), ("Au", False), ("Lots réservés", True)]
        rows = [
            [
                term.name,
                format_date(term.starts_on),
                format_date(term.ends_on) if term.ends_on else "en cours",
                format_number(term.lots),
            ]
            for term in self.year.terms
        ]
        of_year = f"dont lancés en {self.year.year}" if rows else f"Lancés en {self.year.year}"
        rows.append([of_year, "", "", format_number(self.year.lots_of_year)])
        return PublicTable("Lots réservés lancés, par mandat", columns, rows)

    def _contracts(self) -> PublicTable:
        columns = [("Marché", False), ("Fin", False), ("Heures promises", True), ("Heures retenues", True)]
        start = CONTRACTS_A_PAGE * (self.page - 1)
        rows = [
            [
                self.link("contracts.show", contract.object, reference=contract.reference)
                if self.link
                else contract.object,
                format_date(contract.ends_on) if contract.ends_on else "non dite",
                format_hours(contract.promised),
                retained_words(contract),
            ]
            for contract in self.year.contracts[start : start + CONTRACTS_A_PAGE]
        ]
        caption = f"Heures promises et retenues, {plural(len(self.year.contracts), 'marché')}"
        return PublicTable(caption, columns, rows)


def figure_named(code: str) -> Figure | None:
    """The figure of an address; None when there is no such figure."""
    return next((figure for figure in Figure if figure.value == code), None)
