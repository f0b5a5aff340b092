"""Shows a plain text as it reads, with its addresses to follow."""

import re

from markupsafe import Markup, escape

_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")


def paragraphs_of(text: str) -> list[Markup]:
    """Each paragraph as trusted markup: all is escaped but the links made here."""
    blocks = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return [Markup("<br>").join(_with_links(line) for line in block.split("\n")) for block in blocks if block]


def _with_links(line: str) -> Markup:
    made, end = Markup(), 0
    for found in _ADDRESS.finditer(line):
        made += escape(line[end : found.start()]) + Markup('<a href="{0}">{0}</a>').format(found[0])
        end = found.end()
    return made + escape(line[end:])
