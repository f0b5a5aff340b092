"""The real files of DECP: every figure is worked out again from the file, by plain csv and json."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from portal.contracts.decp import DecpReport, import_decp
from portal.contracts.models import Contract, ContractTitulaire
from portal.directory.models import HeldKind, Organisation
from portal.directory.services import load_reference
from portal.intake import ImportRun
from portal.vocabulary import ContractFamily, DecpGroupement, IdentifierType, OrganisationKind, Procedure
from tests.contracts.decp_files import NOW, state_of

BORDEAUX = "decp_2024H2_bordeaux_metropole_travaux.csv"
GIRONDE = "decp_2024H2_gironde_travaux.csv"
EXAMPLES = {
    "exemple_concessions.json": (2, 4, 2),
    "exemple_concessions_avec_modifications.json": (2, 4, 2),
    "exemple_marches_avec_modifications.json": (2, 4, 3),
    "exemple_marches_concessions.json": (4, 8, 5),
}
"""Contracts, titulaires, identifiers to check."""


@pytest.fixture
def files(shared_data: Path) -> Path:
    return shared_data / "decp"


@pytest.fixture(autouse=True)
def place(session: Session) -> Session:
    load_reference(session)
    session.commit()
    return session


def read(path: Path, to: Path) -> DecpReport:
    return import_decp(ImportRun(path, NOW, to / f"{path.stem}-refus{path.suffix}"))


@dataclass
class Plain:
    """A contract as a few lines of csv tell it."""

    amount: Decimal
    notified_on: date
    titulaires: set[str]


def plainly(path: Path) -> dict[str, Plain]:
    with path.open(encoding="utf-8", newline="") as file:
        by_uid: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for line in csv.DictReader(file):
            by_uid[line["uid"]].append(line)
    told = {}
    for uid, lines in by_uid.items():
        latest = max(line["dateNotification"] for line in lines)
        told[uid] = Plain(
            amount=max(Decimal(line["montant"]) for line in lines if line["dateNotification"] == latest),
            notified_on=date.fromisoformat(min(line["dateNotification"] for line in lines)),
            titulaires={line["titulaire_id"] for line in lines},
        )
    return told


def stored(session: Session) -> dict[str, Contract]:
    session.expire_all()
    contracts = select(Contract).options(selectinload(Contract.titulaires))
    return {contract.decp_uid or "": contract for contract in session.scalars(contracts)}


def assert_as_told(session: Session, told: Mapping[str, Plain]) -> None:
    contracts = stored(session)
    assert contracts.keys() == told.keys()
    for uid, plain in told.items():
        contract = contracts[uid]
        assert (contract.amount, contract.notified_on) == (plain.amount, plain.notified_on), uid
        assert {held.identifier for held in contract.titulaires} == plain.titulaires, uid


def test_bordeaux_metropole_has_eight_contracts_each_counted_once(
    session: Session, files: Path, tmp_path: Path
) -> None:
    report = read(files / BORDEAUX, tmp_path)
    assert (report.rows, report.refused, report.contracts, report.created) == (15, 0, 8, 8)
    assert (report.titulaires, report.held_together, report.to_check) == (15, 2, 0)
    assert report.total == Decimal("11253957.86")
    assert session.scalar(select(func.sum(Contract.amount))) == Decimal("11253957.86")
    assert_as_told(session, plainly(files / BORDEAUX))
    sizes = sorted(len(contract.titulaires) for contract in stored(session).values())
    assert sizes == [1, 1, 1, 1, 1, 1, 4, 5]
    assert "11\u202f253\u202f957,86\u202f€" in report.summary


def test_bordeaux_metropole_in_detail(session: Session, files: Path, tmp_path: Path) -> None:
    read(files / BORDEAUX, tmp_path)
    contract = stored(session)["243300316000112021E035"]
    assert (contract.reference, contract.number) == ("243300316000112021e035", "2021E035")
    assert (contract.notified_on, contract.duration_months, contract.ends_on) == (
        date(2024, 9, 11),
        21,
        date(2026, 6, 10),
    )
    assert (contract.procedure, contract.procedure_as_read, contract.cpv_code) == (
        Procedure.NEGOTIATED,
        None,
        "45213150",
    )
    assert contract.object == "Travaux de construction (objet non publié)"
    assert contract.buyer is not None
    assert (contract.buyer.siret, contract.buyer.name) == ("24330031600011", "BORDEAUX METROPOLE")
    assert {held.kind for held in contract.buyer.kinds} == {OrganisationKind.BUYER}
    assert all(held.organisation_id and not held.is_mandataire for held in contract.titulaires)
    assert (contract.first_month, contract.groupement, contract.amended_on) == (None, None, None)
    companies = session.scalar(select(func.count()).where(HeldKind.kind == OrganisationKind.COMPANY))
    assert companies == 15


def test_gironde_has_239_contracts(session: Session, files: Path, tmp_path: Path) -> None:
    report = read(files / GIRONDE, tmp_path)
    told = plainly(files / GIRONDE)
    assert (report.rows, report.refused, report.contracts, report.created) == (363, 0, 239, 239)
    assert report.titulaires == sum(len(plain.titulaires) for plain in told.values()) == 282
    assert report.held_together == sum(len(plain.titulaires) > 1 for plain in told.values()) == 16
    assert report.total == sum(plain.amount for plain in told.values()) == Decimal("133494052.99")
    assert (report.amended, report.to_check) == (38, 1)
    assert_as_told(session, told)


def test_a_titulaire_of_gironde_that_is_no_siret_keeps_its_contract(
    session: Session, files: Path, tmp_path: Path
) -> None:
    report = read(files / GIRONDE, tmp_path)
    (held,) = session.scalars(select(ContractTitulaire).where(ContractTitulaire.organisation_id.is_(None)))
    assert (held.identifier, held.name, held.identifier_type, held.is_to_check) == ("00001", "", None, True)
    assert stored(session)["213301195000112024T00028"].titulaires == [held]
    assert any("00001" in remark and "identifiant à vérifier" in remark for remark in report.shown_remarks)


def test_the_numbers_of_gironde_that_several_contracts_share_are_told(
    session: Session, files: Path, tmp_path: Path
) -> None:
    """Their rows name other titulaires for other amounts: no amendment does."""
    read(files / GIRONDE, tmp_path)
    remarks = (tmp_path / f"{Path(GIRONDE).stem}-remarques.csv").read_text("utf-8-sig").splitlines()[1:]
    shared = [line for line in remarks if "peut-être plusieurs marchés" in line]
    assert len(shared) == 6
    assert len(remarks) == 7


@pytest.mark.parametrize("name", [BORDEAUX, GIRONDE, *EXAMPLES])
def test_reading_twice_leaves_the_same_tables(session: Session, files: Path, tmp_path: Path, name: str) -> None:
    first = read(files / name, tmp_path)
    before = state_of(session)
    again = read(files / name, tmp_path)
    assert state_of(session) == before
    assert (again.created, again.updated, again.unchanged) == (0, 0, first.contracts)
    assert (again.total, again.titulaires, again.listed) == (first.total, first.titulaires, {})


def test_a_file_that_holds_another_adds_what_is_missing(session: Session, files: Path, tmp_path: Path) -> None:
    read(files / BORDEAUX, tmp_path)
    report = read(files / GIRONDE, tmp_path)
    assert (report.created, report.updated, report.unchanged) == (231, 0, 8)
    read(files / BORDEAUX, tmp_path)
    assert_as_told(session, plainly(files / GIRONDE))


@pytest.mark.parametrize(("name", "counts"), EXAMPLES.items())
def test_the_official_examples_go_in_whole(
    session: Session, files: Path, tmp_path: Path, name: str, counts: tuple[int, int, int]
) -> None:
    report = read(files / name, tmp_path)
    content = json.loads((files / name).read_text("utf-8"))["marches"]
    entries = [*content.get("marche", []), *content.get("contrat-concession", [])]
    assert (report.rows, report.refused, report.contracts) == (len(entries), 0, len(entries))
    assert (report.contracts, report.titulaires, report.to_check) == counts
    told = {_uid(entry): entry for entry in entries}
    contracts = stored(session)
    assert contracts.keys() == told.keys()
    for uid, entry in told.items():
        assert_as_the_entry(contracts[uid], entry)


def _uid(entry: Mapping[str, Any]) -> str:
    return str((entry.get("acheteur") or entry["autoriteConcedante"])["id"] + entry["id"])


def assert_as_the_entry(contract: Contract, entry: Mapping[str, Any]) -> None:
    is_concession = "autoriteConcedante" in entry
    assert contract.family is (ContractFamily.CONCESSION if is_concession else ContractFamily.MARKET)
    assert (contract.nature, contract.object) == (entry["nature"], entry["objet"])
    assert contract.notified_on.isoformat() == entry.get("dateNotification", entry.get("dateSignature"))
    assert (contract.published_on and contract.published_on.isoformat()) == entry["datePublicationDonnees"]
    latest = entry["modifications"][0]["modification"] if "modifications" in entry else entry
    assert contract.amount == Decimal(str(latest.get("montant", latest.get("valeurGlobale"))))
    assert contract.duration_months == latest["dureeMois"]
    assert (contract.has_social_clause, contract.has_social_criterion, contract.is_reserved) == (True, True, False)
    if is_concession:
        assert (contract.procedure, contract.procedure_as_read) == (None, entry["procedure"])
        assert {held.identifier for held in contract.titulaires} == {"38103128500491", "38103128500574"}
        assert all(held.organisation_id is not None for held in contract.titulaires)
    else:
        assert (contract.procedure, contract.groupement) == (Procedure.OPEN, DecpGroupement.NONE)
        assert (contract.offers_received, contract.cpv_code) == (4, "45000000")
        kept = {held.identifier: held for held in contract.titulaires}
        assert kept.keys() == {"55204599900869", "868768687576575"}
        to_check = kept["868768687576575"]
        assert (to_check.is_to_check, to_check.identifier_type) == (True, IdentifierType.SIRET)


def test_a_buyer_of_the_examples_that_is_no_siret_is_linked_to_nothing(
    session: Session, files: Path, tmp_path: Path
) -> None:
    read(files / "exemple_marches_concessions.json", tmp_path)
    contracts = stored(session)
    kept = contracts["21750001630066TEST2022"]
    assert (kept.buyer_id, kept.buyer_identifier) == (None, "21750001630066")
    linked = contracts["21750001630040TEST2022Bis"].buyer
    assert linked is not None
    assert linked.name == "SIRET 217 500 016 30040"
    sirets = set(session.scalars(select(Organisation.siret)))
    assert sirets == {"21750001630040", "55204599900869", "38103128500491", "38103128500574"}
