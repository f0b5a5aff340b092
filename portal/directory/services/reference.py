"""The lists that the portal ships, so that nothing depends on a file given later."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Cpv, Department
from portal.kernel.text import fold
from portal.storage.once import insert_once

_FOLDER = Path(__file__).resolve().parents[1] / "reference"


def load_reference(session: Session) -> int:
    """Add the departments, communes and CPV codes that are missing; how many were.

    What an operator imported since is left as it is.
    """
    added = _add_missing(session, Department, "departments", _department)
    added += _add_missing(session, Commune, "communes", _commune)
    _locate(session)
    return added + _add_missing(session, Cpv, "cpv", _cpv)


def _add_missing(session: Session, model: Any, name: str, values_of: Any) -> int:
    known = set(session.scalars(select(model.code)))
    missing = [values for values in map(values_of, _rows(name)) if values["code"] not in known]
    return sum(insert_once(session, model, **values) for values in missing)


def _locate(session: Session) -> None:
    """Say where the communes listed before this list told it are."""
    placed = {row["insee"]: _position(row) for row in _rows("communes")}
    lost = select(Commune).where(Commune.code.in_(placed), Commune.latitude.is_(None), Commune.longitude.is_(None))
    for commune in session.scalars(lost):
        commune.latitude, commune.longitude = placed[commune.code].values()


def _position(row: dict[str, str]) -> dict[str, float]:
    """Of its town hall, to a kilometre or so: enough for who is near whom."""
    return {"latitude": float(row["latitude"]), "longitude": float(row["longitude"])}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _department(row: dict[str, str]) -> dict[str, Any]:
    return {"code": row["code"], "name": row["nom"], "region_code": row["region"], "region_name": row["nom_region"]}


def _commune(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["insee"],
        "siren": row["siren"],
        "name": row["nom"],
        "sort_name": fold(row["nom"]),
        "department_code": row["insee"][:2],
        "population": int(row["pop_municipale"]),
        "epci_siren": row["epci_siren"],
        "epci_name": row["epci_nom"],
        **_position(row),
    }


def _cpv(row: dict[str, str]) -> dict[str, Any]:
    return {"code": row["code"], "key": row["cle"], "label": row["libelle"]}
