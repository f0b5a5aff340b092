"""The two sorts of DECP files, CSV and official JSON, seen alike: members that are read one by one, and handed back."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from portal.contracts.decp import reading
from portal.contracts.decp.entries import KEYS, entries
from portal.contracts.decp.notices import Notice
from portal.intake import (
    ImportRun,
    JsonPlace,
    JsonText,
    RejectedRows,
    RowPlace,
    RowRefused,
    Sheet,
    SheetText,
    examined_json,
    is_json,
    open_sheet,
    writable,
)
from portal.vocabulary import ContractFamily

Numbered = tuple[int, Any]
"""The line or the rank of a member, and what it holds, as JSON can hold it."""
Refused = Callable[[], Iterator[tuple[Any, str]]]
"""Gives members and why each was refused, from the first one each time."""


class Source(Protocol):
    """An open file. What it says of itself, JSON can hold: a killed import goes on with it."""

    noun: str
    """What a member is called, « ligne »."""

    @property
    def text(self) -> dict[str, Any]:
        """What a first pass over the file said."""
        ...

    @property
    def reached(self) -> tuple[int, int]:
        """How far reading has come, and its end."""
        ...

    def members(self, start: dict[str, Any] | None) -> Iterator[tuple[list[Numbered], dict[str, Any] | None]]:
        """Some members, with the place after them when reading may start again there. Raises UnusableFile."""
        ...

    def uid(self, member: Any) -> str:
        """The contract that a member is of. Raises RowRefused."""
        ...

    def notice(self, member: Any) -> Notice:
        """Raises RowRefused."""
        ...

    def hand_back(self, path: Path, refused: Refused) -> None:
        """Write members and why each was refused to a file that can be mended and imported. Raises UnusableFile."""
        ...


@contextmanager
def opened_source(run: ImportRun, text: dict[str, Any] | None) -> Iterator[Source]:
    """The file of a run, whichever sort it is; `text` is what was kept of an earlier time. Raises UnusableFile."""
    if is_json(run.path):
        yield _JsonSource(run.path, JsonText(**text) if text else examined_json(run.path))
    else:
        formats = (reading.CONSOLIDATED, reading.MINISTRY)
        with open_sheet(run.path, formats, SheetText(**text) if text else None) as sheet:
            yield _CsvSource(sheet)


class _CsvSource:
    noun = "ligne"

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.text = asdict(sheet.text)

    @property
    def reached(self) -> tuple[int, int]:
        return self._sheet.place.line, self._sheet.line_count

    def members(self, start: dict[str, Any] | None) -> Iterator[tuple[list[Numbered], dict[str, Any] | None]]:
        for row in self._sheet.rows(RowPlace(**start) if start else None):
            yield [(row.number, [row.cells, row.problem])], asdict(self._sheet.place)

    def uid(self, member: Any) -> str:
        cells, problem = member
        if problem:
            raise RowRefused(problem)
        return reading.uid_of_row(self._sheet.values(cells))

    def notice(self, member: Any) -> Notice:
        cells, _problem = member
        return reading.notice_of_row(self._sheet.values(cells))

    def hand_back(self, path: Path, refused: Refused) -> None:
        with RejectedRows(path, self._sheet.headings) as rejects:
            for (cells, _problem), reason in refused():
                rejects.add(tuple(cells), reason)


class _JsonSource:
    noun = "entrée"

    def __init__(self, path: Path, text: JsonText) -> None:
        self._path = path
        self._text = text
        self._offset = 0
        self.text = asdict(text)

    @property
    def reached(self) -> tuple[int, int]:
        return self._offset, self._text.length

    def members(self, start: dict[str, Any] | None) -> Iterator[tuple[list[Numbered], dict[str, Any] | None]]:
        number = start["number"] if start else 0
        place = JsonPlace(start["offset"], start["head"]) if start else None
        for found, reached in entries(self._path, self._text, place):
            members = list(enumerate(found, number + 1))
            number += len(found)
            self._offset = reached.offset if reached else self._offset
            yield members, asdict(reached) | {"number": number} if reached else None

    def uid(self, member: Any) -> str:
        family, entry = member
        if not isinstance(entry, Mapping):
            raise RowRefused("Cette entrée n’est pas un marché.")
        return reading.uid_of_entry(entry, ContractFamily(family))

    def notice(self, member: Any) -> Notice:
        family, entry = member
        return reading.notice_of_entry(entry, ContractFamily(family))

    def hand_back(self, path: Path, refused: Refused) -> None:
        if next(refused(), None) is None:
            return
        with writable(path) as file:
            file.write('{"marches": {')
            for rank, (family, key) in enumerate(KEYS.items()):
                file.write(f'{"," if rank else ""}\n"{key}": [')
                told = (_with_reason(entry, reason) for (of, entry), reason in refused() if of == family)
                file.writelines(f"{',' if place else ''}\n{line}" for place, line in enumerate(told))
                file.write("\n]")
            file.write("\n}}\n")


def _with_reason(entry: Any, reason: str) -> str:
    return json.dumps({**(entry if isinstance(entry, Mapping) else {"entree": entry}), "motif": reason})
