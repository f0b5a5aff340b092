"""Reading files of rows that others made, whatever their encoding; what was refused is handed back with why."""

from portal.intake.batches import ImportRun, Read, Write, import_file, import_rows, write_batch
from portal.intake.groups import Groups
from portal.intake.json_files import is_json, read_json, write_json
from portal.intake.reading import Format, Row, Sheet, UnusableFile, open_sheet
from portal.intake.rejects import RejectedRows
from portal.intake.report import ImportReport, Outcome, Refusal, RowRefused

__all__ = [
    "Format",
    "Groups",
    "ImportReport",
    "ImportRun",
    "Outcome",
    "Read",
    "Refusal",
    "RejectedRows",
    "Row",
    "RowRefused",
    "Sheet",
    "UnusableFile",
    "Write",
    "import_file",
    "import_rows",
    "is_json",
    "open_sheet",
    "read_json",
    "write_batch",
    "write_json",
]
