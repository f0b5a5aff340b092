"""CSV as French spreadsheets open it by a double click: UTF-8 with its mark, semicolons, CRLF; no cell runs."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from portal.intake.formulas import with_guard


def csv_writer(file: Any) -> Any:
    """Of rows whose cells are guarded by whoever writes them."""
    return csv.writer(file, delimiter=";", lineterminator="\r\n")


def csv_file(rows: Iterable[Iterable[str]]) -> bytes:
    """A whole file of words, every cell guarded."""
    text = io.StringIO()
    csv_writer(text).writerows([with_guard(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
