"""Small files of each sort, made byte by byte."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
SEALED_PDF = PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 7 0 R")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40) + b"\xff\xd9"
WEBP = b"RIFF" + (20).to_bytes(4, "little") + b"WEBPVP8 " + bytes(12)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(40)
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SEALED_XLSX = OLD_WORD + "EncryptedPackage".encode("utf-16-le")
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"\xef\xbb\xbf  <!DOCTYPE html><html><script>alert(1)</script></html>"

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(entries: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def office(main_part: str = f"{_SHEET}.main+xml", more: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    listed = f'<Types><Override PartName="/main.xml" ContentType="{main_part}"/></Types>'
    return archive({"[Content_Types].xml": listed.encode(), "main.xml": b"<x/>", **more})


def open_document(
    said: str = "application/vnd.oasis.opendocument.text", more: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    manifest = {"META-INF/manifest.xml": b"<manifest:manifest/>", **more}
    return archive({"mimetype": said.encode(), "content.xml": b"<x/>", **manifest})


XLSX, DOCX = office(), office(f"{_TEXT}.main+xml")
ODT, ODS = open_document(), open_document("application/vnd.oasis.opendocument.spreadsheet")


def encrypted(content: bytes) -> bytes:
    """The same archive, each entry said to be under a password."""
    sealed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            sealed[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(sealed)
