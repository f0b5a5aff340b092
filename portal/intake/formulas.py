"""Cells that a spreadsheet would run as formulas, guarded by an apostrophe when written and freed when read back."""

import re

_FORMULA = re.compile(r"'*[=+\-@]")
_GUARDED = re.compile(r"'+[=+\-@]")


def with_guard(cell: str) -> str:
    """The cell without surrounding spaces (a tab may start a formula too), guarded if need be."""
    bare = cell.strip()
    return f"'{bare}" if _FORMULA.match(bare) else bare


def without_guard(cell: str) -> str:
    """The cell as it was before `with_guard`."""
    return cell[1:] if _GUARDED.match(cell) else cell
