"""Files of DECP for tests, and the tables that reading them leaves."""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from portal.contracts.decp import DecpReport, import_decp
from portal.contracts.models import Contract, ContractTitulaire
from portal.directory.models import HeldKind, Organisation
from portal.intake import ImportRun
from tests.directory.organisations import siret

NOW = datetime(2026, 12, 3, 8, tzinfo=UTC)
BUYER, OTHER_BUYER = siret(900), siret(901)
A, B, C = siret(1), siret(2), siret(3)

ROW = {
    "uid": "",
    "id": "2024E025",
    "type": "Travaux",
    "codeCPV": "45262500",
    "acheteur_id": str(BUYER),
    "acheteur_nom": "Ville d’Essai",
    "titulaire_id": str(A),
    "titulaire_nom": "Atelier A",
    "montant": "1000.5",
    "dateNotification": "2024-09-11",
    "procedure": "Procédure adaptée",
    "dureeMois": "12",
    "offresRecues": "3",
}


def row(**told: str) -> dict[str, str]:
    return ROW | told


def write_csv(path: Path, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8", separator: str = ",") -> Path:
    rows = list(rows)
    headings = list(dict.fromkeys(name for each in rows for name in each))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headings, delimiter=separator, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read(path: Path, *, dry_run: bool = False) -> DecpReport:
    """Import, with rejects and remarks in files of their own in the folder of `path`."""
    return import_decp(ImportRun(path, NOW, path.parent / f"{path.stem}-refus{path.suffix}", dry_run))


def read_rows(folder: Path, *rows: Mapping[str, str], name: str = "decp.csv") -> DecpReport:
    return read(write_csv(folder / name, rows))


def market(**told: Any) -> dict[str, Any]:
    """An entry of the official file."""
    return {
        "id": "2024E025",
        "acheteur": {"id": str(BUYER)},
        "nature": "Marché",
        "objet": "Entretien des espaces verts",
        "codeCPV": "77310000-6",
        "offresRecues": 4,
        "typeGroupementOperateurs": "Solidaire",
        "procedure": "Appel d'offres ouvert",
        "dureeMois": 24,
        "dateNotification": "2024-09-11",
        "datePublicationDonnees": "2024-10-01",
        "montant": 1000.5,
        "titulaires": [{"titulaire": {"id": str(A), "typeIdentifiant": "SIRET"}}],
        "considerationsSociales": {"considerationSociale": ["Clause sociale", "Critère social"]},
    } | told


def concession(**told: Any) -> dict[str, Any]:
    return {
        "id": "DSP1",
        "autoriteConcedante": {"id": str(BUYER)},
        "nature": "Délégation de service public",
        "objet": "Restauration scolaire",
        "procedure": "Procédure négociée ouverte",
        "dureeMois": 60,
        "dateSignature": "2024-04-02",
        "datePublicationDonnees": "2024-04-12",
        "valeurGlobale": 2_000_000,
        "concessionnaires": [{"concessionnaire": {"id": str(B), "typeIdentifiant": "SIRET"}}],
        "considerationsSociales": {"considerationSociale": ["Concession réservée"]},
    } | told


def official(*markets: Any, concessions: Iterable[Any] = ()) -> dict[str, Any]:
    return {"marches": {"marche": list(markets), "contrat-concession": list(concessions)}}


def only_contract(session: Session) -> Contract:
    session.expire_all()
    return session.scalars(select(Contract)).one()


def state_of(session: Session) -> list[list[tuple[Any, ...]]]:
    """What contracts, titulaires and the directory hold, without surrogate keys."""
    session.expire_all()
    names = {organisation.id: organisation.siret for organisation in session.scalars(select(Organisation))}
    uids = {contract.id: contract.decp_uid for contract in session.scalars(select(Contract))}
    return [
        _rows(session, Contract, {"id", "buyer_id"}, names, uids),
        _rows(session, ContractTitulaire, {"id", "organisation_id", "contract_id"}, names, uids),
        _rows(session, Organisation, {"id"}, names, uids),
        _rows(session, HeldKind, {"id", "organisation_id"}, names, uids),
    ]


def _rows(
    session: Session, model: Any, keys: set[str], names: Mapping[int, str], uids: Mapping[int, str | None]
) -> list[tuple[Any, ...]]:
    table: Table = model.__table__
    rows = []
    for each in session.execute(select(table)).mappings():
        pointed = [
            names.get(each.get("organisation_id") or each.get("buyer_id") or 0),
            uids.get(each.get("contract_id", 0)),
        ]
        rows.append((*pointed, *(value for name, value in each.items() if name not in keys)))
    return sorted(rows, key=repr)
