"""The rows that cannot be taken, as a file: line, reference, reason, and the row itself."""

from portal.intake.written import csv_file
from portal.programmes.examining import Examination
from portal.programmes.reading import Sheet


def write_rejects(sheet: Sheet, examination: Examination) -> bytes:
    cells = {row.line: row.cells for row in sheet.rows}
    reasons: dict[tuple[int, str], list[str]] = {}
    for line, reference, words in examination.faults:
        reasons.setdefault((line, reference), []).append(words)
    rows = ((str(line), reference, " ".join(told), *cells[line]) for (line, reference), told in reasons.items())
    return csv_file([("Ligne", "Référence", "Motif", *sheet.headings), *rows])
