"""One row of a programme: what it tells of a project and of a lot, what is wrong with it, what is left out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kernel.french import typo
from portal.programmes import values
from portal.programmes.reading import Sheet, SheetRow
from portal.programmes.values import CellProblem
from portal.vocabulary import Lever, PlannedPrecision, ProgrammeField

_MOST_LOTS = 999


@dataclass(frozen=True)
class ReadRow:
    """A row as it was read: codes and places are still as typed."""

    line: int
    reference: str | None
    project: Mapping[str, Any] = field(default_factory=dict)
    """Facts of the project that the row tells, by name; a blank cell tells nothing."""
    lot: Mapping[str, Any] = field(default_factory=dict)
    """Facts of the lot."""
    cpv: Sequence[str] = ()
    places: Sequence[str] = ()
    levers: frozenset[Lever] = frozenset()
    lot_number: int | None = None
    lot_title: str | None = None
    ended: str | None = None
    """Why the project is no longer to be announced."""
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def names_a_lot(self) -> bool:
        return self.lot_number is not None or self.lot_title is not None


def read_rows(sheet: Sheet, buyer_siren: str) -> list[ReadRow]:
    """Each row of a sheet whose columns are known."""
    fields = sheet.fields or ()
    columns: dict[ProgrammeField, int] = {field: place for place, field in enumerate(fields)}
    columns.pop(ProgrammeField.IGNORED, None)
    return [_Reader(row, columns, sheet.headings, buyer_siren).read() for row in sheet.rows]


class _Reader:
    """Reads the cells of one row, and keeps what is wrong with them."""

    def __init__(
        self, row: SheetRow, columns: Mapping[ProgrammeField, int], headings: Sequence[str], buyer_siren: str
    ) -> None:
        self._row, self._columns, self._headings, self._buyer = row, columns, headings, buyer_siren
        self._faults: list[str] = []
        self._remarks: list[str] = []

    def read(self) -> ReadRow:
        reference = self._told(ProgrammeField.REFERENCE, lambda cell: values.line_of(cell, 80))
        if reference is None and not self._faults:
            self._faults.append("Cette ligne n’a pas de référence : donnez-lui celle de votre programme.")
        self._check_buyer()
        told = {
            "project": self._project(),
            "lot": self._lot(),
            "cpv": tuple(self._told(ProgrammeField.CPV, values.cpv_of) or ()),
            "places": tuple(self._told(ProgrammeField.PLACE, values.places_of) or ()),
            "levers": self._told(ProgrammeField.SOCIAL, values.levers_of) or frozenset(),
            "lot_number": self._told(ProgrammeField.LOT_NUMBER, _lot_number),
            "lot_title": self._told(ProgrammeField.LOT_TITLE, lambda cell: values.line_of(cell, 200)),
            "ended": self._ended(),
        }
        self._note_address()
        return ReadRow(
            self._row.line, reference, faults=self._set(self._faults), remarks=self._set(self._remarks), **told
        )

    def _project(self) -> dict[str, Any]:
        told = {
            "title": self._told(ProgrammeField.TITLE, lambda cell: values.line_of(cell, 200)),
            "summary": self._told(ProgrammeField.SUMMARY, _summary),
            "family": self._told(ProgrammeField.FAMILY, values.family_of),
            "procedure": self._known(ProgrammeField.PROCEDURE, values.procedure_of, "procédure inconnue"),
            "contact_service": self._told(ProgrammeField.SERVICE, lambda cell: values.line_of(cell, 120)),
            "reply_days": self._reply_days(),
        }
        return {name: value for name, value in told.items() if value is not None}

    def _lot(self) -> dict[str, Any]:
        told = {
            "planned": self._told(ProgrammeField.PUBLISHED_ON, values.period_of),
            "trade": self._known(ProgrammeField.TRADE, values.trade_of, "métier inconnu"),
            "duration_months": self._told(ProgrammeField.DURATION, values.months_of),
            "hours_wanted": self._told(ProgrammeField.HOURS, values.hours_of),
        }
        amounts = self._told(ProgrammeField.AMOUNT, values.amount_of) or {}
        return {name: value for name, value in told.items() if value is not None} | amounts

    def _reply_days(self) -> int | None:
        """Between the two dates, when both are days."""
        due = self._told(ProgrammeField.OFFERS_ON, values.period_of)
        opens = self._quietly(ProgrammeField.PUBLISHED_ON, values.period_of)
        if due is None or opens is None:
            return None
        days = (due.starts_on - opens.starts_on).days
        if days < 0:
            self._faults.append("Les offres seraient remises avant la consultation : vérifiez les deux dates.")
            return None
        exact = due.precision is opens.precision is PlannedPrecision.DAY
        return days if exact and 1 <= days <= 365 else None

    def _check_buyer(self) -> None:
        siren = self._told(ProgrammeField.BUYER, values.siren_of)
        if siren is not None and siren != self._buyer:
            self._faults.append(f"Cette ligne est d’un autre acheteur, SIREN {siren} : elle n’est pas reprise.")

    def _ended(self) -> str | None:
        cell = self._cell(ProgrammeField.STATE)
        if values.is_blank(cell):
            return None
        if not values.is_known_status(cell):
            self._remarks.append(f"statut « {cell[:40]} » inconnu : ligne reprise")
        return values.ended_of(cell)

    def _note_address(self) -> None:
        if not values.is_blank(self._cell(ProgrammeField.URL)):
            self._remarks.append("l’adresse de la consultation se donne quand elle ouvre")

    def _told(self, field: ProgrammeField, read: Callable[[str], Any]) -> Any:
        cell = self._cell(field)
        if self._columns.get(field) in self._row.formulas:
            self._faults.append(f"{self._named(field)} : cette case contient une formule, collez-la en valeur.")
            return None
        if values.is_blank(cell):
            return None
        try:
            return read(cell)
        except CellProblem as problem:
            self._faults.append(f"{self._named(field)} : {problem.sentence}")
            return None

    def _known(self, field: ProgrammeField, read: Callable[[str], Any], unknown: str) -> Any:
        """A member of a list; unknown words are left out, and told."""
        found = self._told(field, read)
        cell = self._cell(field)
        if found is None and not values.is_blank(cell) and self._columns[field] not in self._row.formulas:
            self._remarks.append(f"{unknown}, « {cell[:40]} » : non repris")
        return found

    def _quietly(self, field: ProgrammeField, read: Callable[[str], Any]) -> Any:
        try:
            return None if values.is_blank(self._cell(field)) else read(self._cell(field))
        except CellProblem:
            return None

    def _cell(self, field: ProgrammeField) -> str:
        place = self._columns.get(field)
        return "" if place is None else self._row.cells[place]

    def _named(self, field: ProgrammeField) -> str:
        return self._headings[self._columns[field]][:60]

    def _set(self, sentences: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(typo, dict.fromkeys(sentences)))


def _summary(cell: str) -> str:
    return cell.replace("\r\n", "\n").strip()


def _lot_number(cell: str) -> int:
    bare = cell.casefold().removeprefix("lot").strip(" n°o.")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 3 and 1 <= int(bare) <= _MOST_LOTS):
        raise CellProblem("Écrivez le numéro du lot en chiffres : « 2 ».")
    return int(bare)
