"""What a file really is, by its content: what it is called, and what the browser says of it, are never believed.

A file is taken when its own marks are all there and `puremagic` agrees; anything else is refused with a sentence.
"""

import re
from dataclasses import dataclass

from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.pieces.rules.archives import OFFICE, office_type

ACCEPTED = "PDF, photo (JPEG, PNG, WebP), classeur (XLSX, ODS) ou texte (DOCX, ODT)"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class FileType:
    """How a file is served: its media type, and the ending of the name it is given."""

    media_type: str
    ending: str


PDF = FileType("application/pdf", "pdf")
JPEG = FileType("image/jpeg", "jpg")
PNG = FileType("image/png", "png")
WEBP = FileType("image/webp", "webp")
TYPES = {each.media_type: each for each in (PDF, JPEG, PNG, WEBP)} | {
    media_type: FileType(media_type, ending) for ending, media_type in OFFICE.items()
}


def ensure_size(size: int, most: int) -> None:
    """Raises RuleViolation on `file` for an empty file, or one that is too large."""
    if size == 0:
        raise _refused("Ce fichier est vide : vérifiez qu’il s’ouvre chez vous, puis choisissez-le de nouveau.")
    if size > most:
        raise _refused(
            f"Ce fichier est trop lourd : {most // MEBIBYTE}\u00a0Mo au plus. Réduisez ses images, ou séparez-le."
        )


def type_of(content: bytes) -> FileType:
    """Raises RuleViolation on `file` for what is not accepted, or is damaged, encrypted or full of macros."""
    if content.startswith(b"%PDF-"):
        found = _pdf(content)
    elif content.startswith(b"\xff\xd8\xff"):
        found = _whole(JPEG, b"\xff\xd9" in content[-_TRAILER:])
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _whole(PNG, content[12:16] == b"IHDR" and b"IEND" in content[-_TRAILER:])
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        size = int.from_bytes(content[4:8], "little")
        found = _whole(WEBP, content[12:15] == b"VP8" and size <= len(content) - 8)
    elif content.startswith(b"PK"):
        found = TYPES[office_type(content)]
    else:
        raise _refused(_what_it_is(content))
    if found.ending not in _endings(content):
        raise _refused(_UNKNOWN)
    return found


def _pdf(content: bytes) -> FileType:
    if _ENCRYPTED_PDF.search(content):
        raise _refused("Ce PDF est protégé par un mot de passe : enregistrez-le sans protection.")
    return _whole(PDF, re.match(rb"%PDF-[12]\.\d", content) is not None and b"%%EOF" in content[-_TRAILER:])


def _whole(type_: FileType, is_whole: bool) -> FileType:
    if not is_whole:
        raise _refused(
            "Ce fichier est abîmé ou incomplet : vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau."
        )
    return type_


def _endings(content: bytes) -> list[str]:
    import puremagic  # noqa: PLC0415 — see docs/decisions/memory.md

    try:
        return [match.extension.removeprefix(".") for match in puremagic.magic_string(content)]
    except (puremagic.PureError, ValueError):
        return []


def _what_it_is(content: bytes) -> str:
    """Why it is refused: by its first bytes, else by what `puremagic` knows of them."""
    for pattern, sentence in _REFUSED:
        if pattern.match(content):
            return _OLD_OFFICE_SEALED if sentence == _OLD_OFFICE and _SEALED in content else sentence
    endings = set(_endings(content))
    return next((sentence for known, sentence in _REFUSED_ENDINGS if endings & known), _UNKNOWN)


def _refused(sentence: str) -> RuleViolation:
    return RuleViolation(typo(sentence), "file")


_TRAILER = 65_536
"""Phones and signing tools write after the end of a picture or of a PDF."""
_ENCRYPTED_PDF = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_SEALED = "EncryptedPackage".encode("utf-16-le")

_UNKNOWN = f"Ce type de fichier n’est pas accepté. Envoyez un {ACCEPTED}."
_WEB_PAGE = "C’est une page web ou un dessin SVG, qui peut contenir un programme : envoyez-le en PDF ou en photo."
_PROGRAM = "C’est un programme : il n’est pas accepté. Envoyez le document lui-même, en PDF par exemple."
_ARCHIVE = "C’est une archive : envoyez un par un les fichiers qu’elle contient."
_HEIC = "C’est une photo au format HEIC : enregistrez-la en JPEG, ou envoyez-la en PDF."
_OLD_OFFICE = "C’est un ancien format de bureautique : enregistrez-le en XLSX, en DOCX ou en PDF."
_OLD_OFFICE_SEALED = "Ce fichier est protégé par un mot de passe : enregistrez-le sans protection."
_TEXT = "C’est un fichier de texte ou de données : enregistrez-le en PDF ou en classeur (XLSX, ODS)."

_REFUSED = (
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+(?:html|svg)|\?xml|html|head|body|script|svg)", re.IGNORECASE),
        _WEB_PAGE,
    ),
    (
        re.compile(
            rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|@echo", re.IGNORECASE
        ),
        _PROGRAM,
    ),
    (re.compile(rb"7z\xbc\xaf|Rar!|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar", re.DOTALL), _ARCHIVE),
    (re.compile(rb".{4}ftyp(?:hei|hev|mif1|msf1|avif)", re.DOTALL), _HEIC),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), _OLD_OFFICE),
    (re.compile(rb"\{\\rtf|[\t\n\r\x20-\x7e\x80-\xff]{1,512}\Z|[\t\n\r\x20-\x7e\x80-\xff]{512}"), _TEXT),
)
_REFUSED_ENDINGS = (
    (frozenset({"exe", "dll", "msi", "class", "deb", "rpm", "dmg", "apk", "lnk"}), _PROGRAM),
    (frozenset({"rar", "7z", "gz", "bz2", "xz", "tar", "cab", "iso", "zst"}), _ARCHIVE),
    (frozenset({"heic", "heif", "avif"}), _HEIC),
    (frozenset({"svg", "html", "htm", "xml"}), _WEB_PAGE),
)
