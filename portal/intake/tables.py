"""Tables in a file that anyone may send: XLSX, ODS or CSV by what it holds, whatever it is called."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

from portal.intake.archives import (
    CONTENT_TYPES,
    MANIFEST,
    MEBIBYTE,
    MIMETYPE,
    WORKBOOK,
    Archive,
    opened_archive,
    packed,
)
from portal.intake.delimited import SEPARATORS, rows_of, text_of
from portal.intake.scanning import Extent, ensure_bounded, scan_ods_content, scan_shared_texts, scan_xlsx_sheet
from portal.intake.texts import UnusableFile

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MOST_SHARED, _MOST_SHEET, _MOST_PART = 12 * MEBIBYTE, 24 * MEBIBYTE, 4 * MEBIBYTE
_NOT_A_TABLE = "Ce fichier n’est pas un tableau : envoyez un XLSX, un ODS ou un CSV."


@dataclass(frozen=True)
class Table:
    """The rows of one sheet that hold something, in order, with their numbers as people see them."""

    name: str
    rows: Sequence[tuple[int, Sequence[Any]]] = field(repr=False)
    """Values as the sheet holds them: texts, numbers, dates; empty cells are « »."""
    formulas: frozenset[tuple[int, int]] = frozenset()
    """Row and column, both from one."""


def read_tables(content: bytes, most_rows: int) -> Iterator[Table]:
    """Each visible sheet of a workbook; a CSV once for each separator it may have.

    Raises UnusableFile, whose sentence tells nothing of the content, on what is not a table, is not safe, or has more
    than `most_rows` rows: those are not read.
    """
    if not content.strip():
        raise UnusableFile("Ce fichier est vide : vérifiez qu’il s’ouvre chez vous, puis choisissez-le de nouveau.")
    if content.startswith(b"PK\x03\x04"):
        yield from _workbook(content, most_rows)
        return
    if content.startswith(_OLE):
        raise UnusableFile(WORKBOOK.sealed if _SEALED in content else _OLD)
    text = text_of(content)
    if text is None or content.startswith((b"%PDF-", b"{\\rtf")):
        raise UnusableFile(_NOT_A_TABLE)
    if re.match(r"\s*<", text):
        raise UnusableFile(_WEB_PAGE)
    for separator in SEPARATORS:
        rows = list(rows_of(text, separator, most_rows))
        yield Table("", rows, frozenset(_typed_formulas(rows)))


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEALED = "EncryptedPackage".encode("utf-16-le")
_OLD = "Ce classeur est à l’ancien format XLS : ouvrez-le, et enregistrez-le en XLSX."
_BINARY = "Ce classeur est au format XLSB : ouvrez-le, et enregistrez-le en XLSX."
_WEB_PAGE = "Ce fichier est une page web, même s’il s’appelle XLS : ouvrez-le, et enregistrez-le en XLSX."


def _typed_formulas(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, int]]:
    for number, cells in rows:
        for column, cell in enumerate(cells, 1):
            if cell.lstrip().startswith("="):
                yield number, column


def _workbook(content: bytes, most_rows: int) -> Iterator[Table]:
    from python_calamine import CalamineError  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    with opened_archive(content) as archive:
        if MIMETYPE in archive.names:
            clean, extents = _ods(archive, most_rows)
        elif CONTENT_TYPES in archive.names:
            clean, extents = _xlsx(archive, most_rows)
        else:
            raise UnusableFile("C’est une archive : envoyez le classeur lui-même.")
    try:
        yield from _read(clean, extents)
    except CalamineError:
        raise UnusableFile(WORKBOOK.damaged) from None


def _read(clean: bytes, extents: dict[str, Extent]) -> Iterator[Table]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    book = CalamineWorkbook.from_filelike(BytesIO(clean))
    for sheet in book.sheets_metadata:
        extent = extents.get(sheet.name)
        if extent is None or sheet.typ != SheetTypeEnum.WorkSheet or sheet.visible != SheetVisibleEnum.Visible:
            continue
        cells = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False) if extent.rows else []
        rows = [(number, row) for number, row in enumerate(cells, 1) if any(cell != "" for cell in row)]
        yield Table(sheet.name, rows, frozenset(extent.formulas))


def _ods(archive: Archive, most_rows: int) -> tuple[bytes, dict[str, Extent]]:
    if archive.told(MIMETYPE).strip() != _ODS:
        raise UnusableFile(_NOT_A_TABLE)
    with archive.stream("content.xml") as stream:
        extents = scan_ods_content(stream, most_rows)
    ensure_bounded(extents.values())
    parts = {MIMETYPE: _ODS, MANIFEST: _NOTHING_SEALED, "content.xml": archive.read("content.xml", _MOST_SHEET)}
    return packed(parts), extents


_NOTHING_SEALED = b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
"""Readers want a list of contents, if only to see that nothing is encrypted."""
_MAIN = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_SHARED = "xl/sharedStrings.xml"
_BESIDE = (CONTENT_TYPES, "_rels/.rels", _MAIN, _RELATIONS, "xl/styles.xml")


def _xlsx(archive: Archive, most_rows: int) -> tuple[bytes, dict[str, Extent]]:
    if "xl/workbook.bin" in archive.names:
        raise UnusableFile(_BINARY)
    if _MAIN not in archive.names:
        raise UnusableFile(_NOT_A_TABLE)
    parts = {name: archive.read(name, _MOST_PART) for name in _BESIDE if name in archive.names}
    extents, longest = {}, 0
    if _SHARED in archive.names:
        with archive.stream(_SHARED) as stream:
            longest = scan_shared_texts(stream)
        parts[_SHARED] = archive.read(_SHARED, _MOST_SHARED)
    for name, part in _sheets(parts).items():
        with archive.stream(part) as stream:
            extents[name] = scan_xlsx_sheet(stream, most_rows, longest)
        parts[part] = archive.read(part, _MOST_SHEET)
        ensure_bounded(extents.values())
    return packed(parts), extents


def _sheets(parts: dict[str, bytes]) -> dict[str, str]:
    """The part of each worksheet that is not hidden, by its name."""
    targets = {
        relation.get("Id"): _part(relation.get("Target", ""))
        for relation in _parsed(parts.get(_RELATIONS, b"<none/>")).iter()
        if relation.get("Type", "").endswith("/worksheet")
    }
    found = {}
    for sheet in _parsed(parts[_MAIN]).iter():
        related = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and sheet.get("state", "visible") == "visible" and related in targets:
            found[sheet.get("name", "")] = targets[related]
    return found


def _part(target: str) -> str:
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _parsed(xml: bytes) -> ET.Element:
    """Without document types: entities could grow from them."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise UnusableFile(WORKBOOK.damaged)
    try:
        return ET.fromstring(xml)  # noqa: S314 — bounded, and without entities
    except ET.ParseError:
        raise UnusableFile(WORKBOOK.damaged) from None
