"""Any search of the public list as a table: CSV and XLSX, written batch by batch so that memory stays flat."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from portal.forecast import wording
from portal.intake.formulas import with_guard
from portal.intake.written import csv_writer
from portal.kernel import clock
from portal.kernel.french import typo
from portal.opendata.records import LotRecord

Cell = str | int | Decimal | date | None
Batches = Iterable[Sequence[LotRecord]]
AddressOf = Callable[[LotRecord], str]

_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_WIDEST_CELL = 32_000
"""XLSX holds 32,767 characters in a cell."""


@dataclass(frozen=True)
class Column:
    """One column: its heading, its width in characters, and the cell of a lot."""

    heading: str
    width: int
    cell: Callable[[LotRecord], Cell]


def _day(instant: datetime | None) -> date | None:
    return clock.paris_date(instant) if instant else None


def _yes_no(value: bool | None) -> str | None:
    return wording.yes_no(value)


def _reserved(lot: LotRecord) -> str | None:
    kept = [choice.reservation for choice in lot.levers if choice.reservation]
    return kept[0].label if kept else None


def _rhythm(lot: LotRecord) -> str | None:
    if lot.facts.hours_wanted is None:
        return None
    return "par an" if lot.facts.hours_per_year else "au total"


COLUMNS: tuple[Column, ...] = (
    Column("Projet", 12, lambda lot: lot.project_number),
    Column("Lot", 6, lambda lot: lot.number or "ensemble"),
    Column("Intitulé", 60, lambda lot: lot.title),
    Column("Acheteur", 32, lambda lot: lot.buyer_name),
    Column("SIRET de l’acheteur", 18, lambda lot: lot.buyer_siret),
    Column("État", 24, lambda lot: lot.status),
    Column("Métier", 24, lambda lot: lot.trade.label),
    Column("Nature", 12, lambda lot: lot.family.label),
    Column("Code CPV", 12, lambda lot: lot.facts.cpv_code),
    Column("Libellé CPV", 40, lambda lot: lot.cpv_label),
    Column("Consultation prévue", 22, lambda lot: lot.planned.label),
    Column("Du", 12, lambda lot: lot.planned.starts_on),
    Column("Au", 12, lambda lot: lot.planned.ends_on),
    Column("Fiabilité de la date", 14, lambda lot: lot.confidence.label),
    Column("Questions jusqu’au", 14, lambda lot: lot.questions_until),
    Column("Remise des offres", 14, lambda lot: lot.offers_due_on),
    Column("Procédure", 28, lambda lot: lot.procedure.label if lot.procedure else None),
    Column("Délai pour répondre (jours)", 12, lambda lot: lot.reply_days),
    Column("Lots au plus par candidat", 12, lambda lot: lot.lots_per_candidate),
    Column("Début d’exécution", 18, lambda lot: lot.facts.execution.label if lot.facts.execution else None),
    Column("Durée (mois)", 10, lambda lot: lot.facts.duration_months),
    Column("Reconductions", 10, lambda lot: lot.facts.renewals),
    Column("Durée d’une reconduction (mois)", 12, lambda lot: lot.facts.renewal_months),
    Column("Technique d’achat", 30, lambda lot: wording.technique_words(lot.facts)),
    Column("Montant estimé bas (€ HT)", 16, lambda lot: lot.facts.amount_low),
    Column("Montant estimé haut (€ HT)", 16, lambda lot: lot.facts.amount_high),
    Column("Tranche de montant (HT)", 24, lambda lot: wording.band_words(lot.facts.amount_band)),
    Column("Minimum (€ HT)", 16, lambda lot: lot.facts.framework_minimum),
    Column("Maximum (€ HT)", 16, lambda lot: lot.facts.framework_maximum),
    Column("Heures d’insertion", 12, lambda lot: lot.facts.hours_wanted),
    Column("Heures comptées", 12, _rhythm),
    Column("Leviers sociaux", 50, lambda lot: lot.lever_words),
    Column("Considérations sociales (DECP)", 30, lambda lot: ", ".join(each.label for each in lot.considerations)),
    Column("Réservation", 34, _reserved),
    Column("Allotissement adapté", 12, lambda lot: _yes_no(lot.facts.adapted_allotment)),
    Column("Lieux d’exécution", 50, lambda lot: lot.place_words),
    Column("Codes INSEE des communes", 30, lambda lot: ", ".join(place.code for place in lot.places) or None),
    Column("Départements", 12, lambda lot: ", ".join(lot.departments) or None),
    Column("Personnel à reprendre", 12, lambda lot: lot.facts.staff_to_take_over),
    Column("Prix dans la note (%)", 10, lambda lot: lot.facts.price_weight_percent),
    Column("Avance (%)", 10, lambda lot: lot.facts.advance_percent),
    Column("Marché remplacé", 30, lambda lot: lot.facts.replaced_contract),
    Column("Son échéance", 14, lambda lot: lot.facts.replaced_ends_on),
    Column("Plusieurs groupements permis", 12, lambda lot: _yes_no(lot.facts.several_groupements_allowed)),
    Column("Seul et en groupement permis", 12, lambda lot: _yes_no(lot.facts.alone_and_grouped_allowed)),
    Column("Contact", 34, lambda lot: lot.contact_email or lot.contact_phone),
    Column("Consultation en ligne", 40, lambda lot: lot.tender_url),
    Column("Publié le", 12, lambda lot: _day(lot.published_at)),
    Column("Dernier changement", 12, lambda lot: _day(lot.changed_at)),
)
_ADDRESS = Column("Page du lot", 60, lambda _lot: None)

HEADINGS = tuple(column.heading for column in (*COLUMNS, _ADDRESS))


def cells(lot: LotRecord, address: str) -> list[Cell]:
    """The row of a lot; words on one line, guarded: no spreadsheet will ever run them."""
    return [_safe(column.cell(lot)) for column in COLUMNS] + [address]


def _safe(cell: Cell) -> Cell:
    return with_guard(typo(_UNREADABLE.sub(" ", cell)))[:_WIDEST_CELL] if isinstance(cell, str) else cell


def csv_lines(batches: Batches, address_of: AddressOf) -> Iterator[bytes]:
    """One piece a batch, the mark of UTF-8 in the first."""
    written = io.StringIO()
    writer = csv_writer(written)
    writer.writerow(HEADINGS)
    yield b"\xef\xbb\xbf" + written.getvalue().encode()
    for batch in batches:
        written.seek(0)
        written.truncate()
        writer.writerows([_csv_cell(cell) for cell in cells(lot, address_of(lot))] for lot in batch)
        yield written.getvalue().encode()


def _csv_cell(cell: Cell) -> str | int | None:
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return f"{cell.normalize():f}".replace(".", ",") if isinstance(cell, Decimal) else cell


@dataclass(frozen=True)
class About:
    """What the sheet « Lisez-moi » tells."""

    search: str
    made_on: date
    source: str
    licence: str


def write_xlsx(target: IO[bytes], batches: Batches, address_of: AddressOf, about: About) -> None:
    """A workbook whose rows go to the disk as they come: the memory it takes does not grow with them."""
    import xlsxwriter  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    with closing(xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_urls": False})) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
        sheet = book.add_worksheet("Lots")
        _set_up(sheet, bold)
        write = _writer(sheet, book)
        row = 0
        for batch in batches:
            for lot in batch:
                row += 1
                for number, cell in enumerate(cells(lot, address_of(lot))):
                    write(row, number, cell)
        sheet.autofilter(0, 0, row, len(HEADINGS) - 1)
        _write_about(book.add_worksheet("Lisez-moi"), about, row, book.add_format({"text_wrap": True}))


def _set_up(sheet: Any, bold: Any) -> None:
    for number, column in enumerate((*COLUMNS, _ADDRESS)):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, bold)
    sheet.freeze_panes(1, 3)


def _writer(sheet: Any, book: Any) -> Callable[[int, int, Cell], None]:
    """Writes a cell as what it is: nothing is ever guessed from a text."""
    days = book.add_format({"num_format": "dd/mm/yyyy"})
    numbers = book.add_format({"num_format": "#,##0.##"})

    def write(row: int, column: int, cell: Cell) -> None:
        match cell:
            case None | "":
                return
            case str():
                sheet.write_string(row, column, cell)
            case date():
                sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), days)  # noqa: DTZ001 — a day
            case _:
                sheet.write_number(row, column, cell, numbers)

    return write


def _write_about(sheet: Any, about: About, rows: int, wrapped: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90, wrapped)
    told = [
        ("Recherche", about.search),
        ("Lots", str(rows)),
        ("Fait le", about.made_on.strftime("%d/%m/%Y")),
        ("Source", about.source),
        ("Valeur", "Prévisions des acheteurs, sans engagement : dates, montants et leviers peuvent changer."),
        ("Réutilisation", f"Citez la source et la date ; licence : {about.licence}"),
        ("Montants", "En euros hors taxe, sur toute la durée, reconductions comprises."),
        ("Apostrophe", "Un texte qui commencerait par =, +, - ou @ porte une apostrophe devant lui, par sécurité."),
    ]
    for row, (name, words) in enumerate(told):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, typo(_UNREADABLE.sub(" ", words)), wrapped)
