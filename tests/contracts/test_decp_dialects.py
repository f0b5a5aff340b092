"""What publishers wrote before 2024, or write against the schema: read, told when it is odd, never a lost contract."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.services import load_reference
from portal.intake import json_files
from portal.vocabulary import ContractFamily, DecpGroupement, Procedure
from tests.contracts.decp_files import (
    BUYER,
    A,
    B,
    C,
    concession,
    market,
    official,
    only_contract,
    read,
    read_rows,
    row,
    write_json,
)

NEGOTIATED_WITHOUT = "Marché négocié sans publicité ni mise en concurrence préalable"

MINISTRY_ROW = {
    "id": "2024E025",
    "acheteur_id": str(BUYER),
    "nature": "Marché",
    "objet": "Propreté des écoles",
    "codecpv": "90910000-9",
    "techniques": "Sans objet",
    "modalitesexecution": "CDL",
    "idaccordcadre": "CDL",
    "ccag": "Fournitures courantes et services",
    "offresrecues": "0",
    "attributionavance": "CDL",
    "tauxavance": "CDL",
    "typegroupementoperateurs": "CDL",
    "procedure": "Procédure adaptée",
    "lieuexecution_code": "33063",
    "dureemois": "NC",
    "datenotification": "2024-09-11",
    "datepublicationdonnees": "CDL",
    "montant": "5000.0",
    "typesprix": "Définitif révisable",
    "formeprix": "Révisable",
    "titulaire_id_1": str(A),
    "titulaire_typeidentifiant_1": "SIRET",
    "titulaire_id_2": str(B),
    "titulaire_typeidentifiant_2": "SIRET",
    "titulaire_id_3": "CDL",
    "titulaire_typeidentifiant_3": "CDL",
    "considerationssociales": "Clause sociale",
    "idmodification": "CDL",
    "montantmodification": "CDL",
    "dureemoismodification": "CDL",
    "datenotificationmodificationmodification": "CDL",
    "idtitulairemodification": "CDL",
    "typeidentifianttitulairemodification": "CDL",
    "source": "data.gouv.fr",
}


@pytest.fixture(autouse=True)
def place(session: Session) -> Session:
    load_reference(session)
    session.commit()
    return session


def kept(session: Session, tmp_path: Path, **told: Any) -> Contract:
    report = read(write_json(tmp_path / "decp.json", official(market(**told))))
    assert (report.contracts, report.refused) == (1, 0)
    return only_contract(session)


def remarks(tmp_path: Path) -> str:
    path = tmp_path / "decp-remarques.csv"
    return path.read_text("utf-8-sig").replace("\u202f", " ") if path.exists() else ""


@pytest.mark.parametrize("nature", ["Accord-cadre", "Marché subséquent", "ACCORD CADRE A BONS DE COMMANDE"])
def test_natures_of_former_schemas_are_kept_as_read(place: Session, tmp_path: Path, nature: str) -> None:
    contract = kept(place, tmp_path, nature=nature, formePrix="Révisable", typePrix="Ferme et actualisable")
    assert (contract.nature, contract.family) == (nature, ContractFamily.MARKET)
    assert remarks(tmp_path) == ""


@pytest.mark.parametrize(
    ("written", "procedure", "as_read"),
    [
        (NEGOTIATED_WITHOUT, None, NEGOTIATED_WITHOUT),
        ("Procédure concurrentielle avec négociation", None, "Procédure concurrentielle avec négociation"),
        ("Procédure négociée avec mise en concurrence préalable", None, None),
        ("PROCEDURE ADAPTEE", Procedure.ADAPTED, None),
        ("CDL", None, None),
    ],
)
def test_procedures_of_former_schemas_are_kept_as_read(
    place: Session, tmp_path: Path, written: str, procedure: Procedure | None, as_read: str | None
) -> None:
    contract = kept(place, tmp_path, procedure=written)
    assert contract.procedure is procedure
    assert contract.procedure_as_read == (as_read if procedure or written == "CDL" else written)


@pytest.mark.parametrize(
    ("told", "remark"),
    [
        ({"dureeMois": "NC"}, ""),
        ({"dureeMois": "CDL"}, ""),
        ({"dureeMois": 0}, "« dureeMois » n’est pas une durée plausible en mois (« 0 ») : laissé vide"),
        ({"offresRecues": 0}, "« offresRecues » n’est pas un nombre d’offres plausible (« 0 ») : laissé vide"),
        ({"offresRecues": "INX"}, ""),
        ({"montant": "CDL"}, ""),
        ({"codeCPV": "CDL"}, ""),
        ({"codeCPV": "INX 28213700-5"}, "Code CPV « INX 28213700-5 » : lu 28213700"),
        ({"codeCPV": "9310000"}, "« codeCPV » n’est pas un code CPV (« 9310000 ») : laissé vide"),
        ({"typeGroupementOperateurs": "CDL"}, ""),
        ({"considerationsSociales": {"considerationSociale": ["CDL"]}}, ""),
        ({"considerationsSociales": "CDL"}, ""),
        ({"modifications": []}, ""),
        ({"modifications": "CDL"}, ""),
        ({"formePrix": None, "lieuExecution": None, "montantSubventionPublique": None}, ""),
    ],
)
def test_what_says_that_nothing_is_known_is_nothing(
    place: Session, tmp_path: Path, told: dict[str, Any], remark: str
) -> None:
    contract = kept(place, tmp_path, **told)
    assert (contract.number, contract.titulaires[0].identifier) == ("2024E025", A)
    assert remark in remarks(tmp_path)
    assert bool(remark) == bool(remarks(tmp_path))


@pytest.mark.parametrize(
    "written", ["2024-09-11T00:00:00", "2024-09-11T00:00:00.000Z", "2024-09-11+02:00", "2024-09-11 08:30", "11/09/2024"]
)
def test_dates_with_a_time(place: Session, tmp_path: Path, written: str) -> None:
    contract = kept(place, tmp_path, dateNotification=written, datePublicationDonnees=written)
    assert (contract.notified_on, contract.published_on) == (date(2024, 9, 11), date(2024, 9, 11))
    assert remarks(tmp_path) == ""


@pytest.mark.parametrize(
    ("written", "amount"), [("1000.50", "1000.50"), ("1 000,50 €", "1000.50"), ("1000", "1000"), (1e6, "1000000")]
)
def test_amounts_as_text(place: Session, tmp_path: Path, written: Any, amount: str) -> None:
    assert kept(place, tmp_path, montant=written).amount == Decimal(amount)


def test_a_list_of_the_former_schema(place: Session, tmp_path: Path) -> None:
    """Before 2024: one list, each with its `_type`, titulaires and amendments without a name of their own."""
    older = market(
        _type="Marché",
        uid=f"{BUYER}2024E025",
        acheteur={"id": str(BUYER), "nom": "Ville d’Essai"},
        source="data.gouv.fr_pes",
        titulaires=[{"id": str(A), "typeIdentifiant": "SIRET", "denominationSociale": "Atelier A"}],
        modifications=[{"objetModification": "Hausse", "dateNotificationModification": "2025-01-06", "montant": 1200}],
    )
    granted = concession(_type="Contrat de concession", dateSignature="2024-04-02+01:00", donneesExecution=[])
    (tmp_path / "decp.json").write_text(json.dumps({"marches": [older, granted, granted | {"id": ""}]}), "utf-8")
    report = read(tmp_path / "decp.json")
    assert (report.contracts, report.refused, report.amended) == (2, 1, 1)
    place.expire_all()
    families = {contract.number: contract for contract in place.scalars(select(Contract))}
    assert (families["2024E025"].amount, families["2024E025"].buyer_name) == (Decimal(1200), "Ville d’Essai")
    assert families["DSP1"].family is ContractFamily.CONCESSION
    handed_back = json.loads((tmp_path / "decp-refus.json").read_text("utf-8"))["marches"]
    assert handed_back["marche"] == []
    assert [entry["motif"] for entry in handed_back["contrat-concession"]] == ["Le numéro du marché manque."]


@pytest.mark.parametrize(
    "content",
    [
        {"$schema": "x", "autre": {"marche": [market(id="faux")]}, "marches": {"marche": [market()], "total": [1]}},
        {"marches": {"marche": market()}},
        {"marches": {"contrat-concession": None, "marche": [{"marche": market()}]}},
        {"marches": {"marche": {"marche": [market()]}}},
    ],
)
def test_contracts_are_found_however_they_are_nested(place: Session, tmp_path: Path, content: Any) -> None:
    assert read(write_json(tmp_path / "decp.json", content)).refused == 0
    assert only_contract(place).number == "2024E025"


def test_not_a_number_is_nothing(place: Session, tmp_path: Path) -> None:
    assert kept(place, tmp_path, montant=float("nan"), objet="NaN, Infinity").amount is None
    assert only_contract(place).object == "NaN, Infinity"


@pytest.mark.parametrize("chunk", [500, 1 << 17])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_is_read_by_pieces_whatever_its_encoding(
    place: Session, tmp_path: Path, encoding: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "CHUNK", chunk)
    markets = [market(id=f"N{number}", objet=f"Écopâturage d’été « {number} » {{}}") for number in range(40)]
    content = json.dumps(official(*markets, concessions=[concession()]), ensure_ascii=False)
    (tmp_path / "decp.json").write_bytes(content.encode(encoding))
    assert read(tmp_path / "decp.json").contracts == 41
    objects = set(place.scalars(select(Contract.object).where(Contract.family == ContractFamily.MARKET)))
    assert objects == {each["objet"] for each in markets}


# The ministry's file, `decp-2022-marches-valides`


def test_the_ministry_s_row_as_it_publishes_it(place: Session, tmp_path: Path) -> None:
    assert read_rows(tmp_path, MINISTRY_ROW).refused == 0
    contract = only_contract(place)
    assert {held.identifier for held in contract.titulaires} == {A, B}
    assert (contract.amount, contract.duration_months, contract.offers_received) == (Decimal(5000), None, None)
    assert (contract.groupement, contract.has_social_clause, contract.amended_on) == (None, True, None)


def test_an_amendment_of_the_ministry_s_row(place: Session, tmp_path: Path) -> None:
    """A row for each amendment, the contract repeated on each."""
    first = MINISTRY_ROW | {
        "idmodification": "1",
        "montantmodification": "5500,50",
        "dureemoismodification": "15",
        "datenotificationmodificationmodification": "2024-12-02",
    }
    second = MINISTRY_ROW | {
        "idmodification": "2",
        "idtitulairemodification": str(C),
        "typeidentifianttitulairemodification": "SIRET",
        "datenotificationmodificationmodification": "2025-02-03",
    }
    report = read_rows(tmp_path, second, MINISTRY_ROW, first)
    assert (report.contracts, report.amended) == (1, 1)
    contract = only_contract(place)
    assert (contract.notified_on, contract.amended_on) == (date(2024, 9, 11), date(2025, 2, 3))
    assert (contract.amount, contract.duration_months) == (Decimal("5500.50"), 15)
    assert {held.identifier for held in contract.titulaires} == {A, B, C}


def test_an_amendment_of_a_row_without_its_date_is_told(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, MINISTRY_ROW | {"idmodification": "1", "montantmodification": "9"})
    assert only_contract(place).amount == Decimal(5000)
    assert "Modification n° 1 sans date lisible" in remarks(tmp_path)


def test_headings_with_dots_are_those_with_underscores(place: Session, tmp_path: Path) -> None:
    """As the consolidated files of 2019 to 2023 name them."""
    renamed = {"acheteur_id": "acheteur.id", "acheteur_nom": "acheteur.nom"}
    read_rows(tmp_path, {renamed.get(name, name): value for name, value in row(nature="Accord-cadre").items()})
    contract = only_contract(place)
    assert (contract.buyer_identifier, contract.buyer_name, contract.nature) == (BUYER, "Ville d’Essai", "Accord-cadre")
    assert contract.groupement is not DecpGroupement.CONJOINT
