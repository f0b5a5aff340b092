"""A typst template and plain values in, the bytes of a PDF out: no network, no fonts but ours, no clock.

Values reach the template as JSON and stay text: typst never reads them as markup. The same values make the same bytes.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import ROOT
from portal.printing.coverage import printable

if TYPE_CHECKING:
    import typst

_FONTS = Path(__file__).parent / "fonts"
FONT = _FONTS / "SourceSansPro-Regular.otf"


def printed(template: str, values: Mapping[str, Any], at: datetime) -> bytes:
    """`template`: its path below `templates/`; `at`: when the PDF says it was made."""
    import typst  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    return typst.compile(
        str(ROOT / "templates" / template),
        font_paths=_our_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"values": json.dumps(_printable(values))},
        pdf_standards="ua-1",
        timestamp=int(at.timestamp()),
    )


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value, FONT)
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


@cache
def _our_fonts() -> "typst.Fonts":
    import typst  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])
