"""The two sorts of DECP files, CSV and official JSON, seen alike: members that are read one by one, and handed back."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from portal.contracts.decp import reading
from portal.contracts.decp.notices import Notice
from portal.intake import (
    ImportRun,
    RejectedRows,
    Row,
    RowRefused,
    Sheet,
    UnusableFile,
    is_json,
    open_sheet,
    read_json,
    write_json,
)
from portal.kernel.text import fold
from portal.vocabulary import ContractFamily

Member = list[Any]
"""A row or an entry as JSON can hold it, its number first."""


class Source(Protocol):
    """An open file. A member that cannot be read is handed back with its reason, then forgotten."""

    noun: str
    """What a member is called, « ligne »."""

    @property
    def length(self) -> int:
        """How many members there are, more or less."""
        ...

    def members(self) -> Iterator[Member]: ...

    def notice(self, member: Member) -> Notice:
        """Raises RowRefused."""
        ...

    def hand_back(self, member: Member, reason: str) -> None: ...


def opened_source(run: ImportRun) -> AbstractContextManager[Source]:
    """The file of a run, whichever sort it is. Raises UnusableFile."""
    return _json_source(run) if is_json(run.path) else _csv_source(run)


@contextmanager
def _csv_source(run: ImportRun) -> Iterator[Source]:
    with (
        open_sheet(run.path, (reading.CONSOLIDATED, reading.MINISTRY)) as sheet,
        RejectedRows(run.rejected_to, sheet.headings) as rejects,
    ):
        yield _CsvSource(sheet, rejects)


@contextmanager
def _json_source(run: ImportRun) -> Iterator[Source]:
    source = _JsonSource(run.path)
    yield source
    source.write_rejects(run.rejected_to)


class _CsvSource:
    noun = "ligne"

    def __init__(self, sheet: Sheet, rejects: RejectedRows) -> None:
        self._sheet = sheet
        self._rejects = rejects

    @property
    def length(self) -> int:
        return self._sheet.line_count

    def members(self) -> Iterator[Member]:
        for row in self._sheet.rows():
            yield [row.number, row.cells, row.values, row.problem]

    def notice(self, member: Member) -> Notice:
        row = Row(*member)
        if row.problem:
            raise RowRefused(row.problem)
        return reading.notice_of_row(row.values)

    def hand_back(self, member: Member, reason: str) -> None:
        self._rejects.add(tuple(member[1]), reason)


_KEYS = {ContractFamily.MARKET: "marche", ContractFamily.CONCESSION: "contrat-concession"}


class _JsonSource:
    noun = "entrée"

    def __init__(self, path: Path) -> None:
        self._entries = _entries(path)
        self._rejected: dict[str, list[Any]] = {}

    @property
    def length(self) -> int:
        return len(self._entries)

    def members(self) -> Iterator[Member]:
        for number, (family, entry) in enumerate(self._entries, 1):
            yield [number, family, entry]

    def notice(self, member: Member) -> Notice:
        _number, family, entry = member
        if not isinstance(entry, Mapping):
            raise RowRefused("Cette entrée n’est pas un marché.")
        return reading.notice_of_entry(entry, ContractFamily(family))

    def hand_back(self, member: Member, reason: str) -> None:
        _number, family, entry = member
        told = {**entry, "motif": reason} if isinstance(entry, Mapping) else {"entree": entry, "motif": reason}
        self._rejected.setdefault(_KEYS[ContractFamily(family)], []).append(told)

    def write_rejects(self, path: Path) -> None:
        if self._rejected:
            write_json(path, {"marches": self._rejected})


def _entries(path: Path) -> list[tuple[ContractFamily, Any]]:
    """All entries: under `marche` and `contrat-concession`, or, as before 2024, in one list with a `_type`."""
    content = read_json(path)
    root = content.get("marches") if isinstance(content, Mapping) else None
    if isinstance(root, list):
        return [(_family(entry), entry) for entry in root]
    if not isinstance(root, Mapping) or not any(key in root for key in _KEYS.values()):
        raise UnusableFile(
            f"« {path.name} » ne se lit pas comme un fichier DECP : il manque « marches », avec « marche » "
            "ou « contrat-concession »."
        )
    return [(family, entry) for family, key in _KEYS.items() for entry in reading.members(root.get(key), key)]


def _family(entry: Any) -> ContractFamily:
    type_ = fold(str(entry.get("_type", ""))) if isinstance(entry, Mapping) else ""
    return ContractFamily.CONCESSION if "concession" in type_ else ContractFamily.MARKET
