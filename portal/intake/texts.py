"""Files as operators hand them over: opened, known to be text, in which encoding; never held whole."""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.kernel.french import typo

_ENCODINGS = ("utf-8", "cp1252")
"""Tried in this order; the mark of the first one is passed over."""
_CHUNK = 1 << 20
_ARCHIVE = b"PK\x03\x04"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnusableFile(Exception):
    """The file as a whole cannot be read; `sentence` is French and says what to do."""

    def __init__(self, sentence: str) -> None:
        self.sentence = typo(sentence)
        super().__init__(self.sentence)


@dataclass(frozen=True)
class SheetText:
    """What a first pass over the bytes says of a file."""

    encoding: str
    line_count: int


def opened(path: Path) -> IO[bytes]:
    """Raises UnusableFile with a sentence for the operator."""
    try:
        return path.open("rb")
    except IsADirectoryError:
        raise UnusableFile(f"« {path} » est un dossier : indiquez un fichier.") from None
    except PermissionError:
        raise UnusableFile(f"« {path} » ne peut pas être lu : vérifiez les droits d’accès.") from None
    except (OSError, ValueError):
        raise UnusableFile(f"« {path} » est introuvable : vérifiez son chemin.") from None


def after_mark(file: IO[bytes]) -> int:
    """Where the text begins: after the mark that UTF-8 may bear."""
    file.seek(0)
    mark = file.read(len(codecs.BOM_UTF8))
    return len(mark) if mark == codecs.BOM_UTF8 else 0


def examined_sheet(path: Path, file: IO[bytes]) -> SheetText:
    """Raises UnusableFile with a sentence for the operator."""
    line_count, blank = 0, True

    def chunks() -> Iterator[bytes]:
        nonlocal line_count, blank
        while chunk := file.read(_CHUNK):
            _ensure_text(path, chunk)
            line_count += chunk.count(b"\n") or chunk.count(b"\r")
            blank = blank and not chunk.removeprefix(codecs.BOM_UTF8).strip()
            yield chunk

    encodings = decodable(chunks(), _ENCODINGS)
    if blank:
        raise UnusableFile(f"« {path.name} » est vide.")
    if not encodings:
        raise UnusableFile(f"« {path.name} » n’est pas un texte lisible : enregistrez-le en CSV UTF-8.")
    return SheetText(encodings[0], line_count)


def decodable(chunks: Iterable[bytes], encodings: Sequence[str]) -> list[str]:
    """Those of the encodings that all the chunks, one after the other, can be read in."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in encodings}
    for chunk in chunks:
        decoders = {name: decoder for name, decoder in decoders.items() if _decodes(decoder, chunk)}
    return [name for name, decoder in decoders.items() if _decodes(decoder, b"", final=True)]


def _ensure_text(path: Path, chunk: bytes) -> None:
    if chunk.startswith(_ARCHIVE):
        raise UnusableFile(f"« {path.name} » est un classeur ou une archive : enregistrez la feuille en CSV.")
    if chunk.startswith(_UTF_16):
        raise UnusableFile(f"« {path.name} » est encodé en UTF-16 : enregistrez-le en CSV UTF-8.")
    if b"\0" in chunk:
        raise UnusableFile(f"« {path.name} » n’est pas un fichier CSV : ouvrez-le et enregistrez-le en CSV.")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
