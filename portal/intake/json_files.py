"""Reads JSON files as operators hand them over, piece by piece: UTF-8 with or without its mark, or Windows-1252."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ijson import JSONError, sendable_list
from ijson.backends import yajl2_c

from portal.intake.texts import UnusableFile, after_mark, decodable, opened

_HEAD = 4_096
CHUNK = 1 << 17
_ENCODINGS = ("utf-8", "cp1252")
_FINE_EVERY = 16
"""Of so many chunks, one is cut after each object, so that its end is a place to go on from."""
_NO_NUMBER = re.compile(rb'\\.|"|-?\b(?:NaN|Infinity)\b', re.DOTALL)
_BROKEN = (JSONError, ArithmeticError, ValueError, SystemError)
"""The last three for numbers that Python refuses to hold."""

JsonEvent = tuple[str, Any]
"""« start_map », « map_key », « number »…, and its value."""


@dataclass(frozen=True)
class JsonPlace:
    """Where reading may start: after the object that ends at `offset`, as if `head` came before it."""

    offset: int
    head: str


def is_json(path: Path) -> bool:
    """Whether a file begins like an object or a list. Raises UnusableFile when it cannot be read."""
    with opened(path) as file:
        return file.read(_HEAD).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"{", b"["}


@dataclass(frozen=True)
class JsonText:
    """What a first pass over the bytes says of a file."""

    encoding: str
    length: int
    has_no_numbers: bool
    """Whether NaN or Infinity are written in it, which are no JSON: they count as null."""


def examined_json(path: Path) -> JsonText:
    """Raises UnusableFile with a sentence for the operator."""
    length, found = 0, False
    with opened(path) as file:

        def chunks() -> Iterator[bytes]:
            nonlocal length, found
            while chunk := file.read(CHUNK):
                length += len(chunk)
                found = found or b"NaN" in chunk or b"Infinity" in chunk
                yield chunk

        encodings = decodable(chunks(), _ENCODINGS)
    if not encodings:
        raise UnusableFile(f"« {path.name} » n’est pas un texte lisible : enregistrez-le en JSON UTF-8.")
    return JsonText(encodings[0], length, found)


def json_events(
    path: Path, text: JsonText, start: JsonPlace | None = None
) -> Iterator[tuple[list[JsonEvent], int | None]]:
    """The events of each piece, and where it ends when an object ends there. Raises UnusableFile."""
    events = sendable_list()
    parser = yajl2_c.basic_parse_coro(events)
    translate = _translator(text)
    for offset, piece in _pieces(path, start):
        try:
            parser.send(translate(piece)) if piece else parser.close()
        except _BROKEN as error:
            raise UnusableFile(
                f"« {path.name} » n’est pas un JSON lisible : vérifiez la ligne {_line(path, text, start, offset)}."
            ) from error
        yield events, offset + len(piece) if piece.endswith(b"}") else None
        events.clear()


def _pieces(path: Path, start: JsonPlace | None) -> Iterator[tuple[int, bytes]]:
    """Where each stands in the file, and an empty one at the end. All end with an object, but the last ones."""
    if start:
        yield 0, start.head.encode()
    with opened(path) as file:
        offset = start.offset if start else after_mark(file)
        file.seek(offset)
        rest, count = b"", 0
        while chunk := file.read(CHUNK):
            whole, brace, rest = (rest + chunk).rpartition(b"}")
            if not brace:
                whole, rest = rest, b""
            count += 1
            for piece in _cut(whole) if brace and count % _FINE_EVERY == 1 else [whole + brace]:
                yield offset, piece
                offset += len(piece)
        if rest:
            yield offset, rest
    yield offset, b""


def _cut(chunk: bytes) -> list[bytes]:
    return [piece + b"}" for piece in chunk.split(b"}")]


def _translator(text: JsonText) -> Callable[[bytes], bytes]:
    in_string = False

    def part(found: re.Match[bytes]) -> bytes:
        nonlocal in_string
        if found[0] == b'"':
            in_string = not in_string
        return found[0] if in_string or found[0][:1] in {b'"', b"\\"} else b"null"

    def translate(piece: bytes) -> bytes:
        plain = piece if text.encoding == "utf-8" else piece.decode(text.encoding).encode()
        return _NO_NUMBER.sub(part, plain) if text.has_no_numbers else plain

    return translate


def _line(path: Path, text: JsonText, start: JsonPlace | None, broken_at: int) -> int:
    """The line of what the parser stopped at, in the piece that stands there: read again, line by line."""
    parser, translate, line = yajl2_c.basic_parse_coro(sendable_list()), _translator(text), 1
    if start:
        line += sum(piece.count(b"\n") for offset, piece in _pieces(path, None) if offset < start.offset)
    for offset, piece in _pieces(path, start):
        for part in piece.splitlines(keepends=True) if offset >= broken_at else [piece]:
            try:
                parser.send(translate(part))
            except _BROKEN:
                return line
            line += part.count(b"\n")
    return line
