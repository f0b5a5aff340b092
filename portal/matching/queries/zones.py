"""Territories by their codes, with those around them."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Department
from portal.directory.rules import FRANCE_CODE
from portal.matching.facts import Key, Zone
from portal.vocabulary import TerritoryScope

FRANCE: Key = (TerritoryScope.FRANCE, FRANCE_CODE)
_PREFIXES = {"E": TerritoryScope.EPCI, "D": TerritoryScope.DEPARTMENT}


def key_of_place(place: str) -> Key:
    """What `listing_place` writes: « 33039 », « E243300316 », « D33 »."""
    scope = _PREFIXES.get(place[0])
    return (scope, place[1:]) if scope else (TerritoryScope.COMMUNE, place)


def zones(session: Session, keys: Collection[Key]) -> dict[Key, Zone]:
    """These territories; one that no list knows has its code for a name. Three statements at most."""
    codes = {scope: {code for level, code in keys if level is scope} for scope in TerritoryScope}
    found = _departments(session, codes[TerritoryScope.DEPARTMENT], codes[TerritoryScope.REGION])
    found |= _communes(session, codes[TerritoryScope.COMMUNE])
    found |= _epcis(session, codes[TerritoryScope.EPCI])
    found[FRANCE] = Zone(FRANCE, "toute la France")
    return {key: found.get(key) or Zone(key, key[1], frozenset({FRANCE})) for key in keys}


def _departments(session: Session, departments: set[str], regions: set[str]) -> dict[Key, Zone]:
    if not (departments or regions):
        return {}
    found: dict[Key, Zone] = {}
    wanted = Department.code.in_(departments) | Department.region_code.in_(regions)
    for each in session.scalars(select(Department).where(wanted)):
        region: Key = (TerritoryScope.REGION, each.region_code)
        key: Key = (TerritoryScope.DEPARTMENT, each.code)
        found[region] = Zone(region, f"la région {each.region_name}", frozenset({FRANCE}))
        found[key] = Zone(key, f"{each.name} ({each.code})", frozenset({FRANCE, region}))
    return found


def _communes(session: Session, codes: set[str]) -> dict[Key, Zone]:
    if not codes:
        return {}
    found: dict[Key, Zone] = {}
    for row in session.execute(_placed(Commune.code, Commune.name, Commune.epci_siren).where(Commune.code.in_(codes))):
        key: Key = (TerritoryScope.COMMUNE, row.code)
        around = {FRANCE, *_around(row)} | ({(TerritoryScope.EPCI, row.epci_siren)} if row.epci_siren else set())
        found[key] = Zone(key, row.name, frozenset(around))
    return found


def _epcis(session: Session, sirens: set[str]) -> dict[Key, Zone]:
    """One that stands in several departments is across each of them."""
    if not sirens:
        return {}
    placed = _placed(Commune.epci_siren, Commune.epci_name).where(Commune.epci_siren.in_(sirens)).distinct()
    rows: dict[str, list[Any]] = {}
    for row in session.execute(placed):
        rows.setdefault(row.epci_siren, []).append(row)
    return {(TerritoryScope.EPCI, siren): _epci(siren, found) for siren, found in rows.items()}


def _epci(siren: str, rows: Iterable[Any]) -> Zone:
    every = [set(_around(row)) for row in rows]
    whole = set.intersection(*every)
    name = next((row.epci_name for row in rows if row.epci_name), siren)
    key: Key = (TerritoryScope.EPCI, siren)
    return Zone(key, name, frozenset({FRANCE, *whole}), frozenset(set.union(*every) - whole))


def _placed(*columns: Any) -> Any:
    joined = select(*columns, Commune.department_code, Department.region_code)
    return joined.join(Department, Department.code == Commune.department_code)


def _around(row: Any) -> tuple[Key, Key]:
    return (TerritoryScope.DEPARTMENT, row.department_code), (TerritoryScope.REGION, row.region_code)
