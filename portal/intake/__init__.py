"""Reading files of rows that others made, whatever their encoding; what was refused is handed back with why."""

from portal.intake.bar import Bar
from portal.intake.batches import (
    ImportRun,
    Read,
    Write,
    import_file,
    import_rows,
    in_one_transaction,
    store_alone,
    write_batch,
)
from portal.intake.json_files import JsonEvent, JsonPlace, JsonText, examined_json, is_json, json_events
from portal.intake.reading import Format, Row, RowPlace, Sheet, open_sheet
from portal.intake.rejects import RejectedRows, writable
from portal.intake.report import ImportReport, Outcome, Refusal, RowRefused
from portal.intake.texts import SheetText, UnusableFile
from portal.intake.work_file import WorkFile, likeness

__all__ = [
    "Bar",
    "Format",
    "ImportReport",
    "ImportRun",
    "JsonEvent",
    "JsonPlace",
    "JsonText",
    "Outcome",
    "Read",
    "Refusal",
    "RejectedRows",
    "Row",
    "RowPlace",
    "RowRefused",
    "Sheet",
    "SheetText",
    "UnusableFile",
    "WorkFile",
    "Write",
    "examined_json",
    "import_file",
    "import_rows",
    "in_one_transaction",
    "is_json",
    "json_events",
    "likeness",
    "open_sheet",
    "store_alone",
    "writable",
    "write_batch",
]
