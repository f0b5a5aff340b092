"""Departments, regions, intercommunalities, communes, CPV codes."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory import rules
from portal.directory.models import Commune, Cpv, Department, Organisation
from portal.kernel.text import fold
from portal.vocabulary import TerritoryScope


def departments(session: Session) -> Sequence[Department]:
    return session.scalars(select(Department).order_by(Department.code)).all()


def regions(session: Session) -> list[tuple[str, str]]:
    """Codes and names, by name."""
    known = select(Department.region_code, Department.region_name).distinct()
    return sorted(((code, name) for code, name in session.execute(known)), key=lambda region: fold(region[1]))


def epcis(session: Session) -> list[tuple[str, str]]:
    """SIREN and names of the intercommunalities that the portal knows by name, by name."""
    known = select(Commune.epci_siren, Commune.epci_name).where(Commune.epci_name.is_not(None)).distinct()
    return sorted(((str(siren), str(name)) for siren, name in session.execute(known)), key=lambda epci: fold(epci[1]))


def communes(session: Session, codes: Collection[str] | None = None) -> Sequence[Commune]:
    """All of them, or those of these codes, in the order of lists."""
    wanted = select(Commune).order_by(Commune.sort_name, Commune.code)
    return session.scalars(wanted if codes is None else wanted.where(Commune.code.in_(codes))).all()


def communes_called(session: Session, typed: Collection[str]) -> dict[str, str]:
    """The code of each commune typed as a name, a code or « Bordeaux (33063) »; none if unknown or ambiguous."""
    if not typed:
        return {}
    codes: dict[str, str] = {}
    by_key: dict[str, set[str]] = {}
    for code, name in session.execute(select(Commune.code, Commune.name)):
        codes[code] = code
        by_key.setdefault(rules.commune_key(name), set()).add(code)
    found = {text: _commune_code(text, codes, by_key) for text in typed}
    return {text: code for text, code in found.items() if code is not None}


def _commune_code(typed: str, codes: dict[str, str], by_key: dict[str, set[str]]) -> str | None:
    if written := re.search(r"\b([0-9]{2}|2[AB])[0-9]{3}\b", typed.upper()):
        return codes.get(written[0])
    called = by_key.get(rules.commune_key(typed), set())
    return next(iter(called)) if len(called) == 1 else None


def cpv(session: Session, code: str) -> Cpv | None:
    """The code as typed, with its key or without."""
    found = re.fullmatch(r"([0-9]{8})(?:-([0-9]))?", code.strip())
    entry = session.get(Cpv, found[1]) if found else None
    return entry if entry is not None and found and found[2] in {None, entry.key} else None


def territories_of(session: Session, organisation: Organisation) -> list[str]:
    """What an organisation serves, in words, the widest first: « Région Nouvelle-Aquitaine », « Bègles »."""
    scopes = {territory.scope for territory in organisation.served}
    names: dict[tuple[TerritoryScope, str], str] = {(TerritoryScope.FRANCE, rules.FRANCE_CODE): "France entière"}
    if scopes & {TerritoryScope.REGION, TerritoryScope.DEPARTMENT}:
        for department in departments(session):
            names[TerritoryScope.REGION, department.region_code] = f"Région {department.region_name}"
            names[TerritoryScope.DEPARTMENT, department.code] = f"{department.name} ({department.code})"
    if TerritoryScope.EPCI in scopes:
        names |= {(TerritoryScope.EPCI, siren): name for siren, name in epcis(session)}
    names |= {
        (TerritoryScope.COMMUNE, territory.code): territory.commune.name
        for territory in organisation.served
        if territory.commune is not None
    }
    order = list(TerritoryScope)
    served = sorted(organisation.served, key=lambda territory: (order.index(territory.scope), territory.code))
    return [names.get((territory.scope, territory.code), territory.code) for territory in served]
