"""The record of who did what, when: it only ever grows."""

from portal.journal.queries import entries_of, latest
from portal.journal.services import record

__all__ = ["entries_of", "latest", "record"]
