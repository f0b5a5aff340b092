"""The contracts of an official JSON file, one by one, however publishers nest them; places to go on from."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.contracts.decp import reading
from portal.intake import JsonEvent, JsonPlace, JsonText, UnusableFile, json_events
from portal.kernel.text import fold
from portal.vocabulary import ContractFamily

KEYS = {ContractFamily.MARKET: "marche", ContractFamily.CONCESSION: "contrat-concession"}
_FAMILIES = {key: family for family, key in KEYS.items()}
_ROOT = "marches"
_DEEPEST = 60
_OPENING, _CLOSING = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})

Entry = tuple[ContractFamily, Any]


def entries(path: Path, text: JsonText, start: JsonPlace | None) -> Iterator[tuple[list[Entry], JsonPlace | None]]:
    """Entries as they come, with the place after the last of them when reading may start again there.

    They stand under `marche` and `contrat-concession` or, as before 2024, in one list with a `_type`.
    Raises UnusableFile.
    """
    walk = _Walk(path)
    pieces = json_events(path, text, start)
    if start:
        walk.follow(next(pieces)[0])
    for events, offset in pieces:
        found = walk.follow(events)
        head = walk.head() if offset is not None else None
        yield found, JsonPlace(offset or 0, head) if head else None
    if not walk.is_decp:
        raise UnusableFile(
            f"« {path.name} » ne se lit pas comme un fichier DECP : il manque « marches », avec « marche » "
            "ou « contrat-concession »."
        )


class _Walk:
    """Where the events of a file have led: what is open around the next entry, and the entry being put together."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._around: list[str | None] = []
        """Of each object its last key, « » before the first; of each list None."""
        self._open: list[Any] = []
        self._keys: list[str] = []
        self.is_decp = False

    def follow(self, events: list[JsonEvent]) -> list[Entry]:
        """The entries that end with these events."""
        found: list[Entry] = []
        for kind, value in events:
            if not self._open and self._passes(kind, value):
                continue
            whole = self._put(kind, value)
            if not self._open:
                found += self._entries_of(whole)
        return found

    def head(self) -> str | None:
        """What could come before the rest of the file, when the next value is an entry of a list."""
        if self._open or not self._is_in_list():
            return None
        keys = [key for key in self._around if key is not None]
        return "".join(f'{{"{key}":' for key in keys) + "[null"

    def _passes(self, kind: str, value: Any) -> bool:
        """Whether an event is of what stands around the entries; notes where it leads."""
        if kind == "map_key":
            self._around[-1] = value
            self.is_decp = self.is_decp or (self._around[:-1] == [_ROOT] and value in _FAMILIES)
        elif kind in _CLOSING:
            self._around.pop()
        elif self._is_in_list() or (self._is_under_family() and kind not in {"start_array", "null"}):
            return False
        elif kind in _OPENING:
            self._around.append(None if kind == "start_array" else "")
            self.is_decp = self.is_decp or self._is_in_list()
        return True

    def _is_in_list(self) -> bool:
        """Whether each next value is an entry."""
        around = self._around
        if not around or around[-1] is not None or around[0] != _ROOT:
            return False
        return len(around) == 2 or (len(around) == 3 and around[1] in _FAMILIES)

    def _is_under_family(self) -> bool:
        return len(self._around) == 2 and self._around[0] == _ROOT and self._around[1] in _FAMILIES

    def _put(self, kind: str, value: Any) -> Any:
        """Put one more part of the entry in its place. What it returns is the entry, once nothing is open."""
        if kind == "map_key":
            self._keys[-1] = value
            return None
        if kind in _CLOSING:
            self._keys.pop()
            return self._open.pop()
        if kind in _OPENING:
            value = {} if kind == "start_map" else []
        elif kind == "number" and type(value) is Decimal:
            value = float(value)
        if self._open:
            self._hold(value)
        if kind in _OPENING:
            self._open.append(value)
            self._keys.append("")
            self._ensure_shallow()
        return value

    def _hold(self, value: Any) -> None:
        holder = self._open[-1]
        if isinstance(holder, dict):
            holder[self._keys[-1]] = value
        else:
            holder.append(value)

    def _ensure_shallow(self) -> None:
        if len(self._open) > _DEEPEST:
            raise UnusableFile(f"« {self._name} » n’est pas un JSON lisible : ses listes s’emboîtent sans fin.")

    def _entries_of(self, value: Any) -> list[Entry]:
        key = self._around[1]
        if key is None:
            return [(_family(value), value)]
        items = reading.members(value, key) if len(self._around) == 2 else reading.members([value], key)
        return [(_FAMILIES[key], item) for item in items]


def _family(entry: Any) -> ContractFamily:
    type_ = fold(str(entry.get("_type", ""))) if isinstance(entry, Mapping) else ""
    return ContractFamily.CONCESSION if "concession" in type_ else ContractFamily.MARKET
