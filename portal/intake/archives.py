"""Opens Office files that anyone may send: sizes are read before anything is unpacked, and unpacking is bounded too."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from portal.intake.texts import UnusableFile

MEBIBYTE = 1024 * 1024
_RATIO_FROM = MEBIBYTE
"""Small parts of a workbook are often nothing but repetition."""
_LONGEST_LIST = 4 * MEBIBYTE
_IS_ENCRYPTED = 0x1
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ANOTHER_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|gz|xls[xmb]?|ods|docx?)$", re.IGNORECASE)
_MACROS = re.compile(r"vbaProject|(?:^|/)(?:Basic|Scripts|activeX|macrosheets)/", re.IGNORECASE)
MIMETYPE, MANIFEST, CONTENT_TYPES = "mimetype", "META-INF/manifest.xml", "[Content_Types].xml"


@dataclass(frozen=True)
class Tolerance:
    """How heavy an archive may be once unpacked, as its entries declare it, and what is said of the ones refused."""

    most_entries: int
    most_bytes: int
    most_ratio: int
    """Of one entry, to what is stored of it."""
    damaged: str
    sealed: str
    with_macros: str
    oversized: str
    nested: str | None
    """None where another file may stand inside."""


WORKBOOK = Tolerance(
    most_entries=2_000,
    most_bytes=64 * MEBIBYTE,
    most_ratio=600,
    damaged="Ce classeur est abîmé ou incomplet : vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau.",
    sealed="Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe.",
    with_macros="Ce classeur contient des macros : enregistrez-le en XLSX, sans macros.",
    oversized="Ce classeur devient démesuré une fois ouvert : copiez son tableau dans un classeur neuf.",
    nested="Ce classeur contient un autre fichier : copiez son tableau dans un classeur neuf.",
)


class Archive:
    """An archive whose entries are of reasonable sizes, neither encrypted, nor macros, nor archives again."""

    def __init__(self, opened: zipfile.ZipFile, tolerance: Tolerance) -> None:
        self._zip = opened
        self._tolerance = tolerance
        self.names = frozenset(opened.namelist())
        _ensure_reasonable(opened.infolist(), tolerance)
        if b"encryption-data" in self.told(MANIFEST):
            raise UnusableFile(tolerance.sealed)
        if b"macroenabled" in self.told(CONTENT_TYPES).lower():
            raise UnusableFile(tolerance.with_macros)

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self.names:
            raise UnusableFile(self._tolerance.damaged)
        with _damage_told(self._tolerance), self._zip.open(name) as entry:
            yield entry

    def read(self, name: str, most: int) -> bytes:
        """A whole entry. Raises UnusableFile when it is larger than `most` bytes, or not there."""
        with self.stream(name) as entry:
            content = entry.read(most + 1)
        if len(content) > most:
            raise UnusableFile(self._tolerance.oversized)
        return content

    def told(self, name: str) -> bytes:
        """An entry that says what the others are; nothing when it is not there."""
        return self.read(name, _LONGEST_LIST) if name in self.names else b""


@contextmanager
def opened_archive(content: bytes, tolerance: Tolerance = WORKBOOK) -> Iterator[Archive]:
    """Raises UnusableFile with a sentence for whoever sent it."""
    with _damage_told(tolerance):
        opened = zipfile.ZipFile(BytesIO(content))
    with opened:
        yield Archive(opened, tolerance)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """An archive of these parts and no others, as long as they were read: nothing of the first one’s own headers."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _ensure_reasonable(entries: list[zipfile.ZipInfo], tolerance: Tolerance) -> None:
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise UnusableFile(tolerance.sealed)
    if any(entry.compress_type not in _PACKED for entry in entries):
        raise UnusableFile(tolerance.damaged)
    if any(_MACROS.search(name) for name in names):
        raise UnusableFile(tolerance.with_macros)
    if tolerance.nested and any(_ANOTHER_ARCHIVE.search(name) for name in names):
        raise UnusableFile(tolerance.nested)
    if _is_oversized(entries, tolerance):
        raise UnusableFile(tolerance.oversized)


def _is_oversized(entries: list[zipfile.ZipInfo], tolerance: Tolerance) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    return (
        len(entries) > tolerance.most_entries
        or unpacked > tolerance.most_bytes
        or any(
            entry.file_size > max(_RATIO_FROM, tolerance.most_ratio * max(entry.compress_size, 1)) for entry in entries
        )
    )


@contextmanager
def _damage_told(tolerance: Tolerance) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        raise UnusableFile(tolerance.damaged) from None
