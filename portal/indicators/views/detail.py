"""The rows that make a figure, each a link to what was accepted, awarded, paid or put to tender."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.indicators.facts import Figure, Term
from portal.indicators.queries import rows as queries
from portal.indicators.queries.year import terms_of
from portal.indicators.views.opened import Opened
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound
from portal.kernel.french import format_date, format_number, plural
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.kernel.paging import last_page

Cells = Sequence[str]


@dataclass(frozen=True)
class Detail:
    """A page of rows, with the totals of all pages."""

    title: str
    lead: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Cells]
    total: Cells | None
    count: int

    @property
    def last_page(self) -> int:
        return last_page(self.count, queries.ROWS_A_PAGE)


def detail_of(session: Session, opened: Opened, figure: Figure, page: int) -> Detail | None:
    """The rows of a figure as they stand now; None for the contracts, which the public table names one by one.

    Raises NotFound beyond the last page.
    """
    make = _DETAILS.get(figure)
    if make is None:
        return None
    detail = make(session, opened, page)
    if page > detail.last_page:
        raise NotFound
    return detail


def _declarations(session: Session, opened: Opened, page: int, *, with_exits: bool = False) -> Detail:
    told = queries.declarations(session, opened.scope, page, with_exits=with_exits)
    totals = queries.declaration_totals(session, opened.scope, with_exits=with_exits)
    columns = [
        ("Mois", False),
        ("Marché", False),
        ("Déclarant", False),
        ("Heures retenues", True),
        ("Personnes", True),
        ("Comptées ici", True),
        ("Sorties", True),
    ]
    total = [
        "En tout",
        "",
        "",
        "" if with_exits else format_hours(totals.hours),
        "",
        "" if with_exits else format_number(totals.people),
        format_number(totals.exits),
    ]
    lead = (
        "Chaque personne est comptée sur la première déclaration de l’année qui la porte : la colonne "
        "« Comptées ici » s’additionne, la colonne « Personnes » non. Celles qui disent « néant » n’ajoutent rien et "
        "ne sont pas dans la liste."
    )
    title = plural(totals.rows, "déclaration acceptée", "déclarations acceptées") + (
        " avec sortie" if with_exits else ""
    )
    return Detail(title, lead, columns, [_declaration_row(row) for row in told], total, totals.rows)


def _declaration_row(told: queries.DeclarationRow) -> Cells:
    return [
        link("declarations.show", told.month.label, reference=told.reference),
        link("contracts.show", told.object, reference=told.contract),
        told.declarant,
        format_hours(told.hours),
        format_number(told.people),
        format_number(told.first_counted) if told.first_counted else "",
        format_number(told.exits) if told.exits else "",
    ]


def _with_exits(session: Session, opened: Opened, page: int) -> Detail:
    return _declarations(session, opened, page, with_exits=True)


def _structures(session: Session, opened: Opened, page: int) -> Detail:
    told, count = queries.structures(session, opened.scope, page)
    rows = [
        [
            link("directory.show", row.name, siret=row.siret),
            row.category.label,
            Markup(", ").join(link("contracts.show", words, reference=reference) for reference, words in row.contracts),
        ]
        for row in told
    ]
    columns = [("Structure", False), ("Catégorie à la notification", False), ("Marchés en cours dans l’année", False)]
    lead = "La catégorie est celle du jour où le marché a été notifié, même si la structure a changé depuis."
    return Detail(plural(count, "structure titulaire", "structures titulaires"), lead, columns, rows, None, count)


def _payments(session: Session, opened: Opened, page: int) -> Detail:
    count, total = queries.payment_totals(session, opened.scope)
    rows = [
        [
            format_date(row.paid_on),
            link("directory.show", row.payee, siret=row.siret),
            link("contracts.show", row.object, reference=row.contract),
            row.source_reference,
            format_euros(row.amount),
        ]
        for row in queries.payments(session, opened.scope, page)
    ]
    columns = [("Jour", False), ("À qui", False), ("Marché", False), ("Mandat de paiement", False), ("Montant", True)]
    lead = "Un avoir se lit en négatif. Les paiements aux autres organisations ne sont pas dans cette liste."
    title = plural(count, "paiement à une structure de l’ESS", "paiements à des structures de l’ESS")
    return Detail(title, lead, columns, rows, ["En tout", "", "", "", format_euros(total)], count)


def _lots(session: Session, opened: Opened, page: int) -> Detail:
    told, count = queries.lots(session, opened.scope, page)
    terms = terms_of(session, opened.buyer.id)
    rows = [
        [
            link("forecast.lot", row.title, reference=row.project, number=row.number),
            format_date(paris_date(row.at)),
            _term_name(row, terms),
        ]
        for row in told
    ]
    columns = [("Lot", False), ("Consultation ouverte le", False), ("Mandat", False)]
    lead = "Tous les lots réservés lancés jusqu’à la fin de l’année, les derniers d’abord."
    return Detail(plural(count, "lot réservé lancé", "lots réservés lancés"), lead, columns, rows, None, count)


def _term_name(row: queries.LotRow, terms: Sequence[Term]) -> str:
    day = paris_date(row.at)
    for term in terms:
        if term.starts_on <= day and (term.ends_on is None or day <= term.ends_on):
            return term.name
    return "hors mandat indiqué"


_DETAILS: Mapping[Figure, Callable[[Session, Opened, int], Detail]] = {
    Figure.HOURS: _declarations,
    Figure.PEOPLE: _declarations,
    Figure.EXITS: _with_exits,
    Figure.STRUCTURES: _structures,
    Figure.EUROS: _payments,
    Figure.LOTS: _lots,
}


def link(endpoint: str, words: str, **arguments: str | int) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **arguments), words)  # type: ignore[arg-type]
