"""Puts back together what stands apart in a file, on disk: a group is whole however far apart its members are."""

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, Self


class Groups:
    """Members under their keys, given back group by group, in the order of the keys.

    They wait in a private file that SQLite deletes by itself, so that memory does not follow the size of the input.
    """

    def __init__(self) -> None:
        self._shelf = sqlite3.connect("")
        self._shelf.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        self._shelf.execute("CREATE TABLE member (key TEXT, content TEXT)")

    def add(self, key: str, member: Any) -> None:
        """Keep a member, which JSON must be able to hold."""
        self._shelf.execute("INSERT INTO member VALUES (?, ?)", (key, json.dumps(member)))

    def __iter__(self) -> Iterator[list[Any]]:
        """Each group, its members in the order they were added."""
        rows = self._shelf.execute("SELECT key, content FROM member ORDER BY key, rowid")
        for _key, members in groupby(rows, key=itemgetter(0)):
            yield [json.loads(content) for _, content in members]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shelf.close()
