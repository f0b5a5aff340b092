"""Office files are archives: what is inside says what they are, and whether they hide macros, a password or a bomb."""

import re
import zipfile
import zlib
from io import BytesIO

from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo

OFFICE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
}
_OPEN_DOCUMENTS = {OFFICE["ods"], OFFICE["odt"]}
_MAIN_PARTS = {f"{OFFICE[ending]}.main+xml": OFFICE[ending] for ending in ("xlsx", "docx")}

_MOST_ENTRIES = 10_000
_MOST_BYTES = 200 * 1024 * 1024
"""Once unpacked: what a heavy but honest file holds; a bomb holds thousands of times its size."""
_MOST_RATIO = 1_000
_LONGEST_LIST = 1024 * 1024
_IS_ENCRYPTED = 0x1
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def office_type(content: bytes) -> str:
    """The media type of an Office file. Raises RuleViolation on `file` for any other archive, or one that is unsafe."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _ensure_reasonable(archive, len(content))
            return _open_document(archive) or _office_open(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        raise _refused(_DAMAGED) from None


def _ensure_reasonable(archive: zipfile.ZipFile, size: int) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > min(_MOST_BYTES, _MOST_RATIO * size):
        raise _refused("Ce fichier devient démesuré une fois ouvert : enregistrez-le en PDF.")
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise _refused(_SEALED)
    if any(entry.compress_type not in _PACKED for entry in entries):
        raise _refused(_DAMAGED)
    if any(_MACROS.search(entry.filename) for entry in entries):
        raise _refused(_WITH_MACROS)


def _open_document(archive: zipfile.ZipFile) -> str | None:
    """ODS or ODT: they say so in their first entry."""
    if "mimetype" not in archive.namelist():
        return None
    said = _read(archive, "mimetype").decode("ascii", "replace").strip()
    if b"encryption-data" in _read(archive, "META-INF/manifest.xml"):
        raise _refused(_SEALED)
    if said not in _OPEN_DOCUMENTS or "content.xml" not in archive.namelist():
        raise _refused(_ANOTHER)
    return said


def _office_open(archive: zipfile.ZipFile) -> str:
    """XLSX or DOCX: the list of contents names the sort of the main part."""
    if "[Content_Types].xml" not in archive.namelist():
        raise _refused(_ARCHIVE)
    contents = _read(archive, "[Content_Types].xml").decode("utf-8", "replace")
    if "macroenabled" in contents.lower():
        raise _refused(_WITH_MACROS)
    found = {kind for part, kind in _MAIN_PARTS.items() if f'"{part}"' in contents}
    if len(found) != 1:
        raise _refused(_ANOTHER)
    return found.pop()


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """An entry that tells what the others are; nothing when there is none."""
    if name not in archive.namelist():
        return b""
    with archive.open(name) as entry:
        return entry.read(_LONGEST_LIST)


def _refused(sentence: str) -> RuleViolation:
    return RuleViolation(typo(sentence), "file")


_MACROS = re.compile(r"vbaProject|(?:^|/)(?:Basic|Scripts|activeX|macrosheets)/", re.IGNORECASE)
_WITH_MACROS = "Ce fichier contient des macros : enregistrez-le sans macros, ou en PDF."
_SEALED = "Ce fichier est protégé par un mot de passe : enregistrez-le sans protection."
_ARCHIVE = "C’est une archive : envoyez un par un les fichiers qu’elle contient."
_ANOTHER = "Seuls les classeurs (XLSX, ODS) et les textes (DOCX, ODT) sont acceptés : enregistrez celui-ci en PDF."
_DAMAGED = "Ce fichier est abîmé ou incomplet : vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau."
