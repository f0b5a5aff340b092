"""The groupement as a workbook: members, communes, essential tasks, and where the agreement stands."""

import io
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

from portal.groupements.facts import WHOLE
from portal.groupements.papers.blocks import NOTHING
from portal.groupements.papers.dossier import TO_FILL, Dossier, Partner
from portal.groupements.papers.paper import proof_pairs, purchase
from portal.intake.formulas import with_guard
from portal.kernel.french import format_instant, typo

Cell = str | Decimal | None


def workbook_of(dossier: Dossier) -> bytes:
    """Words are guarded: no spreadsheet runs what somebody typed."""
    import xlsxwriter  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with closing(xlsxwriter.Workbook(written, options)) as book:
        book.set_properties(
            {"title": dossier.name, "author": "", "created": dossier.standing.printed_at.replace(tzinfo=None)}
        )
        _Sheet(book, "Membres", (28, 20, 14, 34, 28, 10, 16, 14, 34, 34, 34, 26), _head(dossier), _members(dossier))
        _Sheet(book, "Communes", (30, 12, 60), ("Commune", "Code INSEE", "Membres qui y travaillent"), _places(dossier))
        if dossier.tasks:
            _Sheet(
                book,
                "Tâches essentielles",
                (30, 50, 30),
                ("Lot", "Tâche essentielle (R2142-27)", "Membre"),
                _tasks(dossier),
            )
        _Sheet(book, "Lisez-moi", (34, 100), ("Groupement", dossier.name), _about(dossier))
    return written.getvalue()


def _head(dossier: Dossier) -> Sequence[str]:
    return (
        *("Membre", "SIRET", "Rôle", "Ce qu’il est", "Adresse", "Part", "Montant HT (€)"),
        *(dossier.hours_label, "Communes", "Tâches", "Tâches essentielles", "Accord accepté le"),
    )


def _members(dossier: Dossier) -> list[Sequence[Cell]]:
    part, amount, hours = dossier.totals
    total = ("Ensemble", *[None] * 4, _fraction(part), amount, hours)
    return [*(_member(each) for each in dossier.partners), total]


def _member(partner: Partner) -> Sequence[Cell]:
    told = partner.facts
    accepted = format_instant(partner.accepted_at) if partner.accepted_at else "pas encore"
    return (
        *(partner.called, partner.siret, told.role.label, partner.kinds, partner.address),
        *(_fraction(told.part), told.amount, told.hours),
        *(", ".join(partner.communes), told.tasks, " ; ".join(partner.essential), accepted),
    )


def _fraction(part: int | None) -> Decimal | None:
    return None if part is None else Decimal(part) / WHOLE


def _places(dossier: Dossier) -> list[Sequence[Cell]]:
    """Each commune of the lots or of a member, with who works there."""
    return [
        (name, code, ", ".join(each.name for each in dossier.partners if code in each.facts.communes) or NOTHING)
        for code, name in dossier.communes.items()
    ]


def _tasks(dossier: Dossier) -> list[Sequence[Cell]]:
    return [(lot, label, member or TO_FILL) for lot, label, member in dossier.tasks]


def _about(dossier: Dossier) -> list[Sequence[Cell]]:
    pairs = [
        *purchase(dossier),
        ("Forme", dossier.form_words),
        ("Mandataire", dossier.mandataire_words),
        *proof_pairs(dossier),
    ]
    missing = [("Ce qui manque avant le sceau", words) for words in dossier.standing.missing]
    return [(typo(label), words) for label, words in (*pairs, *missing)]


class _Sheet:
    """A sheet of words and exact numbers; a column whose head says « Part » is a percentage."""

    def __init__(
        self, book: Any, name: str, widths: Sequence[int], heads: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> None:
        self._sheet = book.add_worksheet(name)
        top = {"valign": "top", "text_wrap": True}
        self._words, self._head = book.add_format(top), book.add_format({**top, "bold": True, "bottom": 2})
        self._number = book.add_format({**top, "num_format": "#,##0.00"})
        self._percent = book.add_format({**top, "num_format": "0.00%"})
        for place, width in enumerate(widths):
            self._sheet.set_column(place, place, width)
        for place, head in enumerate(heads):
            self._sheet.write_string(0, place, _safe(head), self._head)
        for row, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells):
                self._write(row, place, cell, heads[place])
        self._sheet.freeze_panes(1, 1)

    def _write(self, row: int, place: int, cell: Cell, head: str) -> None:
        if isinstance(cell, Decimal):
            self._sheet.write_number(row, place, cell, self._percent if head == "Part" else self._number)
        elif cell:
            self._sheet.write_string(row, place, _safe(cell), self._words)


def _safe(words: str) -> str:
    return with_guard(words)
