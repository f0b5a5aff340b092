"""Cells that a spreadsheet would run as formulas, guarded by an apostrophe when written and freed when read back."""

import re

_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NEEDS_GUARD = re.compile(r"'*[=+\-@\t\r]")


def with_guard(cell: str) -> str:
    return f"'{cell}" if _NEEDS_GUARD.match(cell) else cell


def without_guard(cell: str) -> str:
    """The cell as it was before `with_guard`."""
    return cell[1:] if _GUARDED.match(cell) else cell
