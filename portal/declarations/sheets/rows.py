"""What was read of each row of a file, once names and birth dates have become fingerprints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from portal.declarations.facts import Fingerprints
from portal.vocabulary import AgeBand, ContractType, EducationLevel, ExitKind, HiringMode, Sex


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, and how to mend it. Nothing of what was typed."""

    sentence: str
    cell: str = ""
    """« F12 »; empty for the whole row."""
    column: str = ""
    """Its heading in the portal’s words."""

    @property
    def in_words(self) -> str:
        return f"{self.column} : {self.sentence}" if self.column else self.sentence


@dataclass(frozen=True, kw_only=True)
class ReadRow:
    """One row: neither a name nor a birth date. What could not be read is None, and told in `faults`."""

    line: int
    """Its number in the file, as people see it."""
    matricule: str | None = None
    fingerprints: Fingerprints | None = None
    age_band: AgeBand | None = None
    sex: Sex | None = None
    education: EducationLevel | None = None
    entered_on: date | None = None
    hiring_mode: HiringMode | None = None
    contract_type: ContractType | None = None
    has_tutor: bool | None = None
    hours: Decimal | None = None
    training_hours: Decimal | None = None
    exit_on: date | None = None
    exit_kind: ExitKind | None = None
    faults: tuple[Fault, ...] = ()
    faults_if_new: tuple[Fault, ...] = ()
    """What matters only when the matricule is unknown: names and birth date badly given."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By key of column: the letter of the file."""

    def cell(self, key: str) -> str:
        return f"{self.places[key]}{self.line}" if key in self.places else ""

    def without(self, faults: Mapping[str, Fault]) -> "ReadRow":
        """Without what is wrong, by key of column, but for why."""
        emptied: dict[str, Any] = dict.fromkeys(faults)
        return replace(self, faults=(*self.faults, *faults.values()), **emptied)

    def spent(self, faults: tuple[Fault, ...]) -> "ReadRow":
        """What is handed back to be mended: nothing is left of who it is about but the matricule."""
        return replace(self, fingerprints=None, age_band=None, faults=faults, faults_if_new=())


_CHOICES: dict[str, Any] = {
    "age_band": AgeBand,
    "sex": Sex,
    "education": EducationLevel,
    "hiring_mode": HiringMode,
    "contract_type": ContractType,
    "exit_kind": ExitKind,
}
_DAYS, _HOURS = ("entered_on", "exit_on"), ("hours", "training_hours")


def packed(row: ReadRow) -> dict[str, Any]:
    """As JSON holds it; what is None is left out, and `places`, which all rows share."""
    prints = row.fingerprints
    said: dict[str, Any] = {
        "line": row.line,
        "matricule": row.matricule,
        "prints": [prints.exact, prints.phonetic, prints.swapped] if prints else None,
        "has_tutor": row.has_tutor,
        "faults": _faults_out(row.faults),
        "faults_if_new": _faults_out(row.faults_if_new),
    }
    said |= {key: value.value for key in _CHOICES if (value := getattr(row, key)) is not None}
    said |= {key: value.isoformat() for key in _DAYS if (value := getattr(row, key)) is not None}
    said |= {key: str(value) for key in _HOURS if (value := getattr(row, key)) is not None}
    return {key: value for key, value in said.items() if value is not None}


def unpacked(said: Mapping[str, Any], places: Mapping[str, str]) -> ReadRow:
    read: dict[str, Any] = {key: kind(said[key]) for key, kind in _CHOICES.items() if key in said}
    read |= {key: date.fromisoformat(said[key]) for key in _DAYS if key in said}
    read |= {key: Decimal(said[key]) for key in _HOURS if key in said}
    return ReadRow(
        line=said["line"],
        matricule=said.get("matricule"),
        fingerprints=Fingerprints(*said["prints"]) if "prints" in said else None,
        has_tutor=said.get("has_tutor"),
        faults=_faults_in(said.get("faults", ())),
        faults_if_new=_faults_in(said.get("faults_if_new", ())),
        places=places,
        **read,
    )


def _faults_out(faults: Sequence[Fault]) -> list[list[str]] | None:
    return [[fault.sentence, fault.cell, fault.column] for fault in faults] or None


def _faults_in(faults: Sequence[Sequence[str]]) -> tuple[Fault, ...]:
    return tuple(Fault(*fault) for fault in faults)
