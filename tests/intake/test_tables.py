"""Files that anyone may send: what is not a table, not safe or too large is refused with what to do, and unread."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from portal.intake import UnusableFile
from portal.intake.scanning import scan_xlsx_sheet
from portal.intake.tables import Table, read_tables
from tests.declarations.sheet_files import archive, csv, ods, with_parts, xlsx

MOST = 2_000
ROWS: list[list[Any]] = [["Matricule", "Heures"], ["P-1", 12.5], ["P-2", 130]]


def read(content: bytes) -> list[Table]:
    return list(read_tables(content, MOST))


@pytest.mark.parametrize(
    "content",
    [
        xlsx(ROWS),
        ods(ROWS),
        csv(ROWS),
        csv(ROWS, separator="\t"),
        csv(ROWS, encoding="utf-16"),
        csv(ROWS, separator=","),
    ],
)
def test_every_usual_format_is_read(content: bytes) -> None:
    tables = read(content)
    assert ["Matricule", "Heures"] in [list(table.rows[0][1]) for table in tables]
    assert 2 in {len(table.rows[0][1]) for table in tables}


def _encrypted() -> bytes:
    """As Excel does: a compound file with the sealed workbook inside."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(100)


def _flagged() -> bytes:
    """An archive whose entries say that they are encrypted."""
    content = bytearray(archive({"[Content_Types].xml": "<x/>"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def _bomb() -> bytes:
    return with_parts(xlsx(ROWS), xl__media__image1=b"0" * (300 * 1024 * 1024))


def _lying_bomb() -> bytes:
    """Sixty million bytes that the archive says are ten."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = packer.compress(b" " * 60_000_000) + packer.flush()
    name = b"xl/sharedStrings.xml"
    with zipfile.ZipFile(io.BytesIO(xlsx(ROWS))) as made:
        parts = {each: made.read(each) for each in made.namelist() if each != name.decode()}
    plain = archive(parts)
    ends_at = plain.index(b"PK\x05\x06")
    starts_at = int.from_bytes(plain[ends_at + 16 : ends_at + 20], "little")
    about = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(b" " * 10), len(squeezed), 10, len(name), 0)
    local = b"PK\x03\x04" + about + name + squeezed
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, starts_at) + name
    directory = plain[starts_at:ends_at] + listed
    end = struct.pack("<HHHHIIH", 0, 0, len(parts) + 1, len(parts) + 1, len(directory), starts_at + len(local), 0)
    return plain[:starts_at] + local + directory + b"PK\x05\x06" + end


def _entities() -> bytes:
    grown = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    return with_parts(xlsx(ROWS), **{"xl__worksheets__sheet1.xml": grown})


def _far(row: int, column: int) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet().write(row, column, 1)
    book.close()
    return file.getvalue()


_LONG = "".join(f"{n:x}" for n in range(100_000))
"""Half a million signs that do not shrink like a bomb."""


def _wide_sheets() -> bytes:
    """Each within bounds; all together, not."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for _ in range(3):
        book.add_worksheet().write(1_999, 99, 1)
    book.close()
    return file.getvalue()


def _grown(text: str, columns: int = 1) -> bytes:
    cell = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}">'
    return ods(ROWS, more=f"<table:table-row>{cell}<text:p>{text}</text:p></table:table-cell></table:table-row>")


def _repeated(what: str, times: int) -> bytes:
    cell = f'<table:table-cell office:value-type="float" office:value="1" {what if "columns" in what else ""}/>'
    row = f"<table:table-row {what if 'rows' in what else ''}>{cell}</table:table-row>"
    return ods(ROWS, more=row * times)


ODD: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b" \r\n", "est vide"),
    ("picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "pas un tableau"),
    ("pdf", lambda: b"%PDF-1.7\nMatricule;Heures", "pas un tableau"),
    ("page", lambda: b"<html><table><tr><td>Matricule</td></tr></table></html>", "page web"),
    ("old", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "ancien format XLS"),
    ("sealed", _encrypted, "mot de passe"),
    ("flagged", _flagged, "mot de passe"),
    ("sealed ods", lambda: ods(ROWS, manifest="<m><encryption-data/></m>"), "mot de passe"),
    ("macros", lambda: with_parts(xlsx(ROWS), **{"xl__vbaProject.bin": b"x"}), "macros"),
    ("xlsm", lambda: with_parts(xlsx(ROWS), **{"[Content_Types].xml": "<x>macroEnabled.main+xml</x>"}), "macros"),
    ("ods macros", lambda: with_parts(ods(ROWS), **{"Basic__Standard__Module1.xml": "<x/>"}), "macros"),
    ("xlsb", lambda: archive({"[Content_Types].xml": "<x/>", "xl/workbook.bin": b"x"}), "XLSB"),
    ("docx", lambda: archive({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "pas un tableau"),
    ("odt", lambda: archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "pas un tableau"),
    ("zip", lambda: archive({"notes.txt": "x"}), "C’est une archive"),
    ("nested", lambda: with_parts(xlsx(ROWS), **{"xl__embeddings__book.xlsx": xlsx(ROWS)}), "un autre fichier"),
    ("crowded", lambda: with_parts(xlsx(ROWS), **{f"x{n}": "" for n in range(2_001)}), "démesuré"),
    ("bomb", _bomb, "démesuré"),
    ("lying bomb", _lying_bomb, "abîmé"),
    ("entities", _entities, "abîmé"),
    ("cut", lambda: xlsx(ROWS)[:-400], "abîmé"),
    ("broken", lambda: with_parts(xlsx(ROWS), **{"xl__worksheets__sheet1.xml": "<worksheet><row"}), "abîmé"),
    ("far", lambda: _far(1_048_575, 16_383), "très loin"),
    ("wide", lambda: _repeated('table:number-columns-repeated="16384"', 40), "très loin"),
    ("repeated", lambda: _repeated('table:number-rows-repeated="1048000"', 1), "2\u202f000 lignes"),
    ("wide sheets", _wide_sheets, "très loin"),
    ("wide csv", lambda: b"Matricule;Heures" + b";" * 600_000 + b"\n1;2", "très loin"),
    ("one text in every cell", lambda: xlsx([*ROWS, *[[_LONG[:30_000]] * 10] * 150]), "longs textes"),
    ("one text repeated", lambda: _grown(_LONG, 100), "longs textes"),
    ("spaces in a number", lambda: _grown('<text:s text:c="2000000000"/>'), "longs textes"),
    ("open quote", lambda: b'Matricule;Heures\r\nP-1;"12\r\nP-2;13\r\n', "ligne 2 est illisible"),
    ("long csv", lambda: csv([["Matricule", "Heures"], *[["P-1", "1"]] * 100_000]), "2\u202f000 lignes"),
    ("long", lambda: xlsx([["Matricule", "Heures"], *[["P-1", 1]] * 2_100]), "2\u202f000 lignes"),
]


@pytest.mark.parametrize(("make", "words"), [pytest.param(make, words, id=name) for name, make, words in ODD])
def test_what_cannot_be_read_says_what_to_do(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        read(make())
    assert words in refused.value.sentence


def test_styles_down_to_the_last_cell_are_no_text() -> None:
    styled = '<table:table-cell table:style-name="ce1" table:number-columns-repeated="16384"/>'
    end = f'<table:table-row table:number-rows-repeated="1000000">{styled}</table:table-row>'
    assert len(read(ods(ROWS, more=end))[0].rows) == len(ROWS)


class _Counted(io.BytesIO):
    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


def test_a_hundred_thousand_rows_are_refused_before_they_are_read() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx([["Matricule", "Heures"], *[["P-1", n] for n in range(100_000)]]))) as made:
        sheet = _Counted(made.read("xl/worksheets/sheet1.xml"))
    with pytest.raises(UnusableFile, match="lignes"):
        scan_xlsx_sheet(sheet, MOST)
    assert sheet.taken < sheet.getbuffer().nbytes / 20


def test_formulas_are_found_where_they_stand() -> None:
    assert read(xlsx([*ROWS, ["P-3", "==1+1"]]))[0].formulas == {(4, 2)}
    assert read(csv([*ROWS, ["P-3", "=1+1"]]))[0].formulas == {(4, 2)}
    cell = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    assert read(ods(ROWS, more=f"<table:table-row><table:table-cell/>{cell}</table:table-row>"))[0].formulas == {(4, 2)}


def test_hidden_sheets_are_not_read() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    shown, hidden = book.add_worksheet("Vu"), book.add_worksheet("Caché")
    shown.write(0, 0, "Matricule")
    hidden.write(0, 0, "Matricule")
    hidden.hide()
    book.close()
    assert [table.name for table in read(file.getvalue())] == ["Vu"]


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda junk: b"PK\x03\x04" + junk))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    with suppress(UnusableFile):
        read(content)


GOOD = xlsx(ROWS)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_damage_breaks_the_reader(at: int, byte: int) -> None:
    with suppress(UnusableFile):
        read(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])
