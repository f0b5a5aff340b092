"""The rows that cannot be taken, as a file: line, reference, reason, and the row itself."""

import csv
import io

from portal.intake.formulas import with_guard
from portal.programmes.examining import Examination
from portal.programmes.reading import Sheet


def write_rejects(sheet: Sheet, examination: Examination) -> bytes:
    """UTF-8 with its mark and semicolons, so that a French spreadsheet opens it as it is; no cell runs as a formula."""
    cells = {row.line: row.cells for row in sheet.rows}
    reasons: dict[tuple[int, str], list[str]] = {}
    for line, reference, words in examination.faults:
        reasons.setdefault((line, reference), []).append(words)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([with_guard(cell) for cell in ("Ligne", "Référence", "Motif", *sheet.headings)])
    for (line, reference), told in reasons.items():
        row = (str(line), reference, " ".join(told), *cells[line])
        writer.writerow([with_guard(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")
