"""Files as people send them, made here: XLSX, ODS and CSV, good and odd."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

HEADINGS = ("Matricule", "Heures")
NEW = {
    "Matricule": "P-9",
    "Contrat de travail": "CDD d’insertion",
    "Tuteur": "oui",
    "Entrée": date(2026, 11, 3),
    "Heures": 120,
    "Nom de naissance": "Martin",
    "Prénom": "Lou",
    "Date de naissance": date(1991, 5, 7),
    "Sexe": "Femme",
    "Mode": "Embauche directe",
}


def table_of(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Headings, then the rows; a cell that is not said is blank."""
    rows = list(rows)
    headings = list(dict.fromkeys(name for row in rows for name in row)) or list(HEADINGS)
    return [headings, *[[row.get(name, "") for name in headings] for row in rows]]


def xlsx(rows: Iterable[Sequence[Any]], *, above: int = 0, sheet: str = "Feuil1") -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    page, day = book.add_worksheet(sheet), book.add_format({"num_format": "dd/mm/yyyy"})
    for row, cells in enumerate(rows, above):
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("=="):
                page.write_formula(row, column, cell[1:], None, 2)
            elif isinstance(cell, date):
                page.write_datetime(row, column, cell, day)
            else:
                page.write(row, column, cell)
    book.close()
    return file.getvalue()


def csv(rows: Iterable[Sequence[Any]], *, separator: str = ";", encoding: str = "utf-8") -> bytes:
    lines = [separator.join(_quoted(cell, separator) for cell in cells) for cells in rows]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def _quoted(cell: Any, separator: str) -> str:
    told = cell.strftime("%d/%m/%Y") if isinstance(cell, date) else str(cell)
    return f'"{told}"' if separator in told else told


_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
_EMPTY_END = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'


def ods(rows: Iterable[Sequence[Any]], *, more: str = "", manifest: str = "<manifest/>") -> bytes:
    """As LibreOffice writes it: a million empty rows end the sheet."""
    cells = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    body = f'<table:table table:name="Feuille1">{cells}{more}{_EMPTY_END}</table:table>'
    content = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {_NAMES}>{content}</office:document-content>",
        }
    )


def _cell(value: Any) -> str:
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"/>'
    if isinstance(value, int | float | Decimal):
        return f'<table:table-cell office:value-type="float" office:value={quoteattr(str(value))}/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'


def archive(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def with_parts(content: bytes, **parts: str | bytes) -> bytes:
    """The same archive with other parts besides, or instead; « __ » stands for « / »."""
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        kept = {name: read.read(name) for name in read.namelist()}
    return archive({**kept, **{name.replace("__", "/"): part for name, part in parts.items()}})


def moment() -> datetime:
    return datetime(2026, 12, 3, 9, 0)  # noqa: DTZ001 — as a workbook holds it
