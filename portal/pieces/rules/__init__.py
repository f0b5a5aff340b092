"""Which files are taken: what they really are, by their content. No database, no clock."""

from portal.pieces.rules.types import ACCEPTED, MEBIBYTE, TYPES, FileType, ensure_size, type_of

__all__ = ["ACCEPTED", "MEBIBYTE", "TYPES", "FileType", "ensure_size", "type_of"]
