"""The files that the directory reads: their columns, and the record that each row makes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from portal.directory import rules
from portal.intake import Format, Row, RowRefused
from portal.kernel.siret import InvalidSiret, Siret, parse_siret
from portal.vocabulary import EssFamily, OrganisationKind, OrganisationSource, StructureKind

MARCHE = Format(
    "une liste du Marché de l’inclusion",
    ("siret", "kind", "name"),
    ("naf", "brand", "legal_form", "city", "post_code", "department"),
)
FINESS = Format(
    "une liste FINESS d’ESAT",
    ("ET-SIRET", "ET-Raison sociale"),
    ("EJ-Statut juridique Libellé", "ET-Adresse", "ET-Code Postal", "ET-Commune Code", "ET-Commune Libellé"),
)
COMMUNES = Format(
    "une liste de communes",
    ("insee", "nom"),
    ("siren", "pop_municipale", "pop_municipale_2024", "epci_siren", "epci_nom", "latitude", "longitude"),
)
CPV = Format("une liste de codes CPV", ("code", "cle", "libelle"))

Record = TypeVar("Record")


@dataclass(frozen=True)
class Place:
    """Where an organisation stands, as its source writes it."""

    address: str | None = None
    post_code: str | None = None
    city: str | None = None
    insee: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class StructureRecord:
    """What one row tells of a structure: the key is the SIRET with the kind."""

    siret: Siret
    kind: OrganisationKind
    source: OrganisationSource
    name: str
    usual_name: str | None = None
    facts: dict[str, str | EssFamily | None] = field(default_factory=dict)
    """Legal category, NAF code, ESS family: attributes of the organisation."""
    place: Place = field(default_factory=Place)
    is_first: bool = True
    """Whether this row is the file's first one with this SIRET: only that one tells the facts, the next ones a kind."""


@dataclass(frozen=True)
class CommuneRecord:
    code: str
    name: str
    siren: str | None
    population: int | None
    epci_siren: str | None
    epci_name: str | None
    latitude: float | None = None
    longitude: float | None = None
    """Both, or neither: half a position is none."""


@dataclass(frozen=True)
class CpvRecord:
    code: str
    key: str
    label: str


class StructureReader:
    """Makes records of the rows of one file, and remembers what it said so that no row speaks twice of one thing."""

    def __init__(self, format_: Format) -> None:
        self._read = _read_finess if format_ is FINESS else _read_marche
        self._met: dict[tuple[str, OrganisationKind], tuple[int, str]] = {}
        self._sirets: set[str] = set()

    def __call__(self, row: Row) -> StructureRecord:
        """Raises RowRefused for an invalid SIRET, an unknown kind, or a SIRET and kind told before."""
        siret = _siret(row["ET-SIRET"] or row["siret"])
        kind = _kind(row["kind"]) if row["kind"] or "kind" in row.values else OrganisationKind.ESAT
        name = _required(row, "name", "ET-Raison sociale")
        self._ensure_new(siret, kind, row.number, name)
        is_first = siret not in self._sirets
        self._sirets.add(siret)
        return self._read(row, siret, kind, name, is_first)

    def _ensure_new(self, siret: Siret, kind: OrganisationKind, number: int, name: str) -> None:
        line, met_name = self._met.setdefault((siret, kind), (number, name))
        if line != number:
            raise RowRefused(
                f"Le SIRET {siret.formatted} figure déjà à la ligne {line} comme {kind.value} (« {met_name} ») : "
                "une fiche par SIRET et par type."
            )


def _read_marche(row: Row, siret: Siret, kind: OrganisationKind, name: str, is_first: bool) -> StructureRecord:
    post_code = _text(row, "post_code", 10)
    return StructureRecord(
        siret=siret,
        kind=kind,
        source=OrganisationSource.MARCHE,
        name=name,
        usual_name=_text(row, "brand", 250),
        facts={"naf": _naf(row["naf"]), "ess_family": _ESS_FAMILY_OF_FORM.get(row["legal_form"])},
        place=Place(
            post_code=post_code,
            city=_text(row, "city", 100),
            department=row["department"] or rules.department_of(post_code or ""),
        ),
        is_first=is_first,
    )


def _read_finess(row: Row, siret: Siret, kind: OrganisationKind, name: str, is_first: bool) -> StructureRecord:
    legal_category = _LEGAL_CATEGORY_OF_STATUS.get(row["EJ-Statut juridique Libellé"])
    insee = row["ET-Commune Code"]
    post_code = _text(row, "ET-Code Postal", 10)
    return StructureRecord(
        siret=siret,
        kind=kind,
        source=OrganisationSource.FINESS,
        name=name,
        facts={"legal_category": legal_category, "ess_family": rules.ess_family_of(legal_category)},
        place=Place(
            address=_text(row, "ET-Adresse", 250),
            post_code=post_code,
            city=_text(row, "ET-Commune Libellé", 100),
            insee=insee or None,
            department=rules.department_of(insee) or rules.department_of(post_code or ""),
        ),
        is_first=is_first,
    )


def once_per(heading: str, read: Callable[[Row], Record]) -> Callable[[Row], Record]:
    """Read with `read`, and refuse a row whose code stands on an earlier row of the file."""
    lines: dict[str, int] = {}

    def read_once(row: Row) -> Record:
        record = read(row)
        line = lines.setdefault(row[heading], row.number)
        if line != row.number:
            raise RowRefused(f"Le code {row[heading]} figure déjà à la ligne {line}.")
        return record

    return read_once


def read_commune(row: Row) -> CommuneRecord:
    """Raises RowRefused for a code that is not one of INSEE's."""
    code = row["insee"].upper()
    if rules.department_of(code) is None:
        raise RowRefused(f"« {row['insee']} » n’est pas un code INSEE de commune : cinq caractères, par exemple 33063.")
    return CommuneRecord(
        code=code,
        name=_required(row, "nom", longest=100),
        siren=_digits(row, "siren", 9),
        population=_population(row["pop_municipale"] or row["pop_municipale_2024"]),
        epci_siren=_digits(row, "epci_siren", 9),
        epci_name=_text(row, "epci_nom", 100),
        **_position(row),
    )


def _position(row: Row) -> dict[str, float]:
    """Nothing when one of them is missing, or is no place on Earth."""
    latitude, longitude = _degrees(row["latitude"], 90), _degrees(row["longitude"], 180)
    return {} if latitude is None or longitude is None else {"latitude": latitude, "longitude": longitude}


def _degrees(written: str, most: int) -> float | None:
    """Decimal degrees, with a point or a comma."""
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,20})?", written.strip()):
        return None
    degrees = float(written.strip().replace(",", "."))
    return degrees if abs(degrees) <= most else None


def read_cpv(row: Row) -> CpvRecord:
    """Raises RowRefused for a code without its eight digits or its key."""
    code, key = _digits(row, "code", 8), _digits(row, "cle", 1)
    if code is None or key is None:
        raise RowRefused("Le code CPV manque : huit chiffres dans « code », sa clé dans « cle ».")
    return CpvRecord(code, key, _required(row, "libelle", longest=400))


def _siret(written: str) -> Siret:
    try:
        return parse_siret(written)
    except InvalidSiret as invalid:
        raise RowRefused(invalid.sentence) from None


def _kind(written: str) -> OrganisationKind:
    code = written.upper()
    if code in _OTHER_KINDS:
        return _OTHER_KINDS[code]
    if code not in set(StructureKind):
        known = ", ".join(kind.value for kind in StructureKind)
        raise RowRefused(
            f"« {written} » n’est pas un type de structure connu : {known}." if written else "Le type manque."
        )
    return OrganisationKind(code)


def _required(row: Row, *headings: str, longest: int = 250) -> str:
    """The first of these columns that the file has."""
    for heading in headings:
        if text := _text(row, heading, longest):
            return text
    raise RowRefused("Le nom manque.")


def _text(row: Row, heading: str, longest: int) -> str | None:
    text = " ".join(row[heading].split())
    if len(text) > longest:
        raise RowRefused(f"« {heading} » dépasse {longest} caractères.")
    return text or None


def _digits(row: Row, heading: str, count: int) -> str | None:
    text = row[heading]
    if text and not re.fullmatch(f"[0-9]{{{count}}}", text):
        raise RowRefused(f"« {heading} » doit compter {count} chiffres : « {text[:40]} ».")
    return text or None


def _population(written: str) -> int | None:
    digits = "".join(written.split())
    return int(digits) if re.fullmatch("[0-9]{1,9}", digits) else None


def _naf(written: str) -> str | None:
    code = written.replace(".", "").upper()
    return code if re.fullmatch("[0-9]{4}[A-Z]", code) else None


_OTHER_KINDS = {"OPCS": OrganisationKind.FACILITATION}
"""OPCS: « organisation porteuse de la clause sociale »."""
_ESS_FAMILY_OF_FORM = MappingProxyType(
    {
        "ASSOCIATION": EssFamily.ASSOCIATION,
        "FONDATION": EssFamily.FOUNDATION,
        "SA_COOP": EssFamily.COOPERATIVE,
        "SARL_COOP": EssFamily.COOPERATIVE,
    }
)
_LEGAL_CATEGORY_OF_STATUS = MappingProxyType(
    {
        "Ass.L.1901 non R.U.P": "9220",
        "Ass.L.1901 R.U.P.": "9230",
        "Fondation": "9300",
        "Mutuelle": "8210",
    }
)
"""FINESS « statut juridique » → INSEE « catégorie juridique », when there is only one."""
