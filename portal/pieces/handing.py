"""Handing a file over: what was received, to the byte, to be saved, never shown by the portal."""

import hashlib
from io import BytesIO

import structlog
from flask import Response, send_file

from portal.kernel.errors import RuleViolation
from portal.pieces import files
from portal.pieces.models import StoredFile
from portal.pieces.rules import TYPES

log = structlog.get_logger()


def content_of(file: StoredFile) -> bytes:
    """Raises RuleViolation for a file that is lost or damaged."""
    try:
        content = files.path_of(file.sha256).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        log.error("evidence_lost", sha256=file.sha256)
        raise RuleViolation("Ce fichier manque sur le serveur, ou y est abîmé : prévenez l’administrateur du portail.")
    return content


def handed_over(file: StoredFile, content: bytes, name: str) -> Response:
    """`name` without its ending, which is that of what the file really is."""
    type_ = TYPES[file.media_type]
    handed = send_file(
        BytesIO(content),
        type_.media_type,
        as_attachment=True,
        download_name=f"{name}.{type_.ending}",
        conditional=False,
        etag=False,
    )
    handed.headers["Cache-Control"] = "no-store"
    handed.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return handed
