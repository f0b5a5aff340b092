"""Office files are archives: what is inside says what they are."""

from portal.intake.archives import CONTENT_TYPES, MEBIBYTE, MIMETYPE, Archive, Tolerance, opened_archive
from portal.intake.texts import UnusableFile
from portal.kernel.errors import RuleViolation

OFFICE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
}
_OPEN_DOCUMENTS = {OFFICE["ods"], OFFICE["odt"]}
_MAIN_PARTS = {f"{OFFICE[ending]}.main+xml": OFFICE[ending] for ending in ("xlsx", "docx")}

_TOLERANCE = Tolerance(
    most_entries=10_000,
    most_bytes=200 * MEBIBYTE,
    most_ratio=1_000,
    damaged="Ce fichier est abîmé ou incomplet : vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau.",
    sealed="Ce fichier est protégé par un mot de passe : enregistrez-le sans protection.",
    with_macros="Ce fichier contient des macros : enregistrez-le sans macros, ou en PDF.",
    oversized="Ce fichier devient démesuré une fois ouvert : enregistrez-le en PDF.",
    nested=None,
)
_ARCHIVE = "C’est une archive : envoyez un par un les fichiers qu’elle contient."
_ANOTHER = "Seuls les classeurs (XLSX, ODS) et les textes (DOCX, ODT) sont acceptés : enregistrez celui-ci en PDF."


def office_type(content: bytes) -> str:
    """The media type of an Office file. Raises RuleViolation on `file` for any other archive, or one that is unsafe."""
    try:
        with opened_archive(content, _TOLERANCE) as archive:
            return _open_document(archive) if MIMETYPE in archive.names else _office_open(archive)
    except UnusableFile as refused:
        raise RuleViolation(refused.sentence, "file") from None


def _open_document(archive: Archive) -> str:
    """ODS or ODT: they say so in their first entry."""
    said = archive.told(MIMETYPE).decode("ascii", "replace").strip()
    if said not in _OPEN_DOCUMENTS or "content.xml" not in archive.names:
        raise UnusableFile(_ANOTHER)
    return said


def _office_open(archive: Archive) -> str:
    """XLSX or DOCX: the list of contents names the sort of the main part."""
    if CONTENT_TYPES not in archive.names:
        raise UnusableFile(_ARCHIVE)
    contents = archive.told(CONTENT_TYPES).decode("utf-8", "replace")
    found = {kind for part, kind in _MAIN_PARTS.items() if f'"{part}"' in contents}
    if len(found) != 1:
        raise UnusableFile(_ANOTHER)
    return found.pop()
