"""Rows of a CSV text that was sent: UTF-8, UTF-16 or Windows-1252; semicolons, commas or tabs."""

import codecs
import csv
import io
from collections.abc import Iterator

from portal.intake.scanning import ensure_few, ensure_near
from portal.intake.texts import UnusableFile

SEPARATORS = (";", ",", "\t")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OPEN_QUOTE = "un guillemet ouvert n’est pas refermé"


def text_of(content: bytes) -> str | None:
    """None when it is not a text."""
    encodings = ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _is_binary(text) else text
    return None


def rows_of(text: str, separator: str, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with its line in the file. Raises UnusableFile at the first one too many."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    count, line, held = 0, 1, 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnusableFile(f"La ligne {line} est illisible : {_OPEN_QUOTE}. Vérifiez-la.") from None
        held += len(cells)
        ensure_near(held)
        if any(cell.strip() for cell in cells):
            count += 1
            ensure_few(count, most_rows)
            yield line, cells


def _is_binary(text: str) -> bool:
    return any(char in text for char in map(chr, (*range(9), 14, 15, *range(16, 32))))
