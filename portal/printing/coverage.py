"""Which signs the font has: PDF/UA forbids a page with one that it has not."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of signs that are not seen, or turn the line around."""
_WINDOWS, _UNICODE_BMP = 3, 1
_SEGMENTS = 4
_LONGEST_WORD = 80


def printable(text: str, font: Path) -> str:
    """The same text, signs that cannot be printed told by their code: « (U+1F642) ». Endless words may break."""
    known = signs_of(font)
    kept = "".join(char if char == "\n" or _is_seen(char, known) else _code(char) for char in _composed(text))
    return "\n".join(" ".join(_breakable(word) for word in line.split(" ")) for line in kept.split("\n"))


@cache
def signs_of(font: Path) -> frozenset[int]:
    """The code points of the font's basic plane, from its `cmap` (OpenType, format 4)."""
    return frozenset(_mapped(_cmap(font.read_bytes())))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))


def _is_seen(char: str, known: frozenset[int]) -> bool:
    return ord(char) in known and unicodedata.category(char) not in _UNSEEN


def _code(char: str) -> str:
    return f"(U+{ord(char):04X})"


def _breakable(word: str) -> str:
    """An address longer than a line would run off the page."""
    if len(word) <= _LONGEST_WORD:
        return word
    return "\u200b".join(word[start : start + _LONGEST_WORD] for start in range(0, len(word), _LONGEST_WORD))


def _cmap(content: bytes) -> bytes:
    """The segment table of the basic plane."""
    tables = struct.unpack_from(">H", content, 4)[0]
    for entry in range(tables):
        tag, _, offset, length = struct.unpack_from(">4sLLL", content, 12 + 16 * entry)
        if tag == b"cmap":
            return _subtable(content[offset : offset + length])
    raise ValueError("a font without a cmap")


def _subtable(cmap: bytes) -> bytes:
    for entry in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHL", cmap, 4 + 8 * entry)
        if (platform, encoding) == (_WINDOWS, _UNICODE_BMP) and struct.unpack_from(">H", cmap, offset)[0] == _SEGMENTS:
            return cmap[offset:]
    raise ValueError("a font without a Unicode cmap")


def _mapped(table: bytes) -> Iterator[int]:
    """Every code point with a glyph. Each segment: last and first code, then how its glyphs are found."""
    segments = struct.unpack_from(">H", table, 6)[0] // 2
    ends, starts = 14, 16 + 2 * segments
    deltas, ranges = starts + 2 * segments, starts + 4 * segments
    for rank in range(segments):
        first, last = (struct.unpack_from(">H", table, at + 2 * rank)[0] for at in (starts, ends))
        delta, where = (struct.unpack_from(">H", table, at + 2 * rank)[0] for at in (deltas, ranges))
        for code in range(first, last + 1):
            if code != 0xFFFF and _glyph(table, code, code - first, delta, where, ranges + 2 * rank):
                yield code


def _glyph(table: bytes, code: int, nth: int, delta: int, where: int, at: int) -> int:
    if not where:
        return (code + delta) % 0x10000
    glyph: int = struct.unpack_from(">H", table, at + where + 2 * nth)[0]
    return (glyph + delta) % 0x10000 if glyph else 0
