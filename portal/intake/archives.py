"""Opens workbooks that anyone may send: sizes are read before anything is unpacked, and unpacking itself is bounded."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import IO

from portal.intake.texts import UnusableFile

MEBIBYTE = 1024 * 1024
_MOST_ENTRIES = 2_000
_MOST_BYTES = 64 * MEBIBYTE
"""Declared by all entries; what is read of them is bounded part by part."""
_MOST_RATIO = 600
_RATIO_FROM = MEBIBYTE
"""Small parts of a workbook are often nothing but repetition."""
_IS_ENCRYPTED = 0x1
_ANOTHER_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|gz|xls[xmb]?|ods|docx?)$", re.IGNORECASE)
_MACROS = re.compile(r"vbaProject|(?:^|/)(?:Basic|Scripts|activeX|macrosheets)/", re.IGNORECASE)

DAMAGED = "Ce classeur est abîmé ou incomplet : vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau."
SEALED = "Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe."
WITH_MACROS = "Ce classeur contient des macros : enregistrez-le en XLSX, sans macros."
_BOMB = "Ce classeur devient démesuré une fois ouvert : copiez son tableau dans un classeur neuf."
_NESTED = "Ce classeur contient un autre fichier : copiez son tableau dans un classeur neuf."


class Archive:
    """An archive whose entries are of reasonable sizes, neither encrypted, nor macros, nor archives again."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.names = frozenset(opened.namelist())
        _ensure_reasonable(opened.infolist())

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self.names:
            raise UnusableFile(DAMAGED)
        with _damage_told(), self._zip.open(name) as entry:
            yield entry

    def read(self, name: str, most: int) -> bytes:
        """A whole entry. Raises UnusableFile when it is larger than `most` bytes, or not there."""
        with self.stream(name) as entry:
            content = entry.read(most + 1)
        if len(content) > most:
            raise UnusableFile(_BOMB)
        return content


@contextmanager
def opened_archive(content: bytes) -> Iterator[Archive]:
    """Raises UnusableFile with a sentence for whoever sent it."""
    with _damage_told():
        opened = zipfile.ZipFile(BytesIO(content))
    with opened:
        yield Archive(opened)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """An archive of these parts and no others, as long as they were read: nothing of the first one’s own headers."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _ensure_reasonable(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise UnusableFile(SEALED)
    if any(_MACROS.search(name) for name in names):
        raise UnusableFile(WITH_MACROS)
    if any(_ANOTHER_ARCHIVE.search(name) for name in names):
        raise UnusableFile(_NESTED)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_BYTES or any(map(_is_inflated, entries)):
        raise UnusableFile(_BOMB)


def _is_inflated(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _RATIO_FROM and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        raise UnusableFile(DAMAGED) from None
