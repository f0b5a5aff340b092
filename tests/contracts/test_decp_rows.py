"""What a row or an entry may hold, and what becomes of it."""

import json
import threading
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from config import Config
from portal import cli, journal
from portal.contracts.decp import import_decp
from portal.contracts.decp.notices import gathered
from portal.contracts.decp.reading import notice_of_row
from portal.contracts.models import Contract, ContractTitulaire, contract_search
from portal.directory.models import Organisation
from portal.directory.services import load_reference
from portal.intake import ImportRun, UnusableFile
from portal.storage import reading, unit_of_work
from portal.vocabulary import (
    ContractFamily,
    ContractSource,
    DecpGroupement,
    IdentifierType,
    OrganisationKind,
    OrganisationSource,
    Procedure,
)
from tests.contracts.decp_files import (
    BUYER,
    NOW,
    OTHER_BUYER,
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
    state_of,
    write_csv,
    write_json,
)
from tests.directory.organisations import organisation
from tests.statements import Statements


@pytest.fixture
def place(session: Session) -> Session:
    load_reference(session)
    session.commit()
    return session


def refusals(tmp_path: Path, name: str = "decp-refus.csv") -> list[str]:
    return (tmp_path / name).read_text("utf-8-sig").splitlines()


def remarks(tmp_path: Path) -> str:
    path = tmp_path / "decp-remarques.csv"
    return path.read_text("utf-8-sig").replace("\u202f", " ") if path.exists() else ""


# The rows of one contract


def test_an_amount_repeated_on_each_cotitulaire_counts_once(place: Session, tmp_path: Path) -> None:
    report = read_rows(tmp_path, row(), row(titulaire_id=str(B), titulaire_nom="B"), row(titulaire_id=str(C)))
    assert (report.contracts, report.titulaires, report.total) == (1, 3, Decimal("1000.50"))
    assert only_contract(place).amount == Decimal("1000.50")


def test_rows_of_one_contract_may_stand_apart(place: Session, tmp_path: Path) -> None:
    others = [row(id=f"N{number}", montant="1") for number in range(450)]
    report = read_rows(tmp_path, row(), *others, row(titulaire_id=str(B)))
    assert (report.contracts, report.total) == (451, Decimal("1450.50"))
    found = place.scalars(select(Contract).where(Contract.number == "2024E025")).one()
    assert len(found.titulaires) == 2


def test_an_amendment_gives_amount_and_duration_and_not_the_date(place: Session, tmp_path: Path) -> None:
    amended = row(dateNotification="2024-12-02", montant="1200", dureeMois="18", procedure="", offresRecues="9")
    read_rows(tmp_path, amended, row())
    contract = only_contract(place)
    assert (contract.notified_on, contract.amended_on) == (date(2024, 9, 11), date(2024, 12, 2))
    assert (contract.amount, contract.duration_months, contract.ends_on) == (Decimal(1200), 18, date(2026, 3, 10))
    assert (contract.procedure, contract.offers_received) == (Procedure.ADAPTED, 3)


def test_an_amendment_that_tells_no_amount_leaves_the_former(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(), row(dateNotification="2024-12-02", montant="NC", dureeMois="CDL"))
    assert (only_contract(place).amount, only_contract(place).duration_months) == (Decimal("1000.50"), 12)


@pytest.mark.parametrize("later_first", [False, True])
def test_files_may_come_in_any_order(place: Session, tmp_path: Path, later_first: bool) -> None:
    files = [[row()], [row(dateNotification="2024-12-02", montant="1200", titulaire_id=str(B))]]
    for rows in reversed(files) if later_first else files:
        read_rows(tmp_path, *rows)
    contract = only_contract(place)
    assert (contract.notified_on, contract.amended_on, contract.amount) == (
        date(2024, 9, 11),
        date(2024, 12, 2),
        Decimal(1200),
    )
    assert {held.identifier for held in contract.titulaires} == {A, B}


def test_a_corrected_file_is_an_update_and_the_journal_tells_it(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row())
    report = read_rows(tmp_path, row(montant="2000"))
    assert (report.created, report.updated, report.total) == (0, 1, Decimal(2000))
    contract = only_contract(place)
    assert (contract.amount, contract.version) == (Decimal(2000), 2)
    (entry,) = journal.entries_of(place, "contract", contract.id)
    assert (entry.before, entry.after) == ({"amount": "1000.5"}, {"amount": "2000.00"})


def test_what_the_buyer_said_of_titulaires_stays(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(), row(titulaire_id=str(B)))
    first = only_contract(place).titulaires[0]
    first.is_mandataire, first.part, first.left_on = True, 6_000, date(2026, 1, 1)
    place.commit()
    read_rows(tmp_path, row(montant="2000"), row(titulaire_id=str(B), montant="2000"))
    kept = only_contract(place).titulaires[0]
    assert (kept.is_mandataire, kept.part, kept.left_on) == (True, 6_000, date(2026, 1, 1))


def test_one_titulaire_named_in_two_ways_is_one(place: Session, tmp_path: Path) -> None:
    report = read_rows(tmp_path, row(), row(titulaire_nom="ATELIER A SARL", titulaire_id=f" {A.formatted} "))
    assert report.titulaires == 1
    (held,) = only_contract(place).titulaires
    assert (held.identifier, held.identifier_type) == (A, IdentifierType.SIRET)


def test_two_uids_that_differ_by_their_punctuation_have_their_own_addresses(place: Session, tmp_path: Path) -> None:
    for _ in range(2):
        read_rows(tmp_path, row(id="2024-1"), row(id="2024_1"), row(id="2024/1"))
    references = list(place.scalars(select(Contract.reference)))
    assert len(set(references)) == 3
    assert all(reference.startswith(f"{BUYER}2024-1") for reference in references)


def test_a_number_that_several_contracts_share_is_told(place: Session, tmp_path: Path) -> None:
    report = read_rows(tmp_path, row(), row(titulaire_id=str(B), montant="400"))
    assert report.total == Decimal("1000.50")
    assert "1 000,50 € le 11 septembre 2024) : peut-être plusieurs marchés" in remarks(tmp_path)


# Identifiers


@pytest.mark.parametrize("identifier", ["00001", "1", "356000000", "12345678901234", "2,43E+13", "FR 12 345"])
def test_an_identifier_that_is_no_siret_is_kept_as_read(place: Session, tmp_path: Path, identifier: str) -> None:
    report = read_rows(tmp_path, row(titulaire_id=identifier, acheteur_id=identifier))
    assert (report.contracts, report.to_check, report.listed) == (1, 2, {})
    contract = only_contract(place)
    (held,) = contract.titulaires
    assert (contract.buyer_id, contract.buyer_identifier, contract.buyer_name) == (None, identifier, "Ville d’Essai")
    assert (held.organisation_id, held.identifier, held.name, held.is_to_check) == (None, identifier, "Atelier A", True)
    assert f"Titulaire « {identifier} Atelier A » : identifiant à vérifier" in remarks(tmp_path)
    assert f"Acheteur « {identifier} Ville d’Essai » : identifiant à vérifier" in remarks(tmp_path)
    assert read_rows(tmp_path, row(titulaire_id=identifier, acheteur_id=identifier)).unchanged == 1


def test_an_identifier_of_another_sort_is_linked_to_nothing(place: Session, tmp_path: Path) -> None:
    read_rows(
        tmp_path, row(titulaire_typeIdentifiant="TVA"), row(titulaire_id="BE0123", titulaire_typeIdentifiant="tva")
    )
    held = only_contract(place).titulaires
    assert {(each.identifier_type, each.organisation_id) for each in held} == {(IdentifierType.VAT, None)}


def test_a_titulaire_that_nothing_names_is_left_out_and_told(place: Session, tmp_path: Path) -> None:
    report = read_rows(tmp_path, row(titulaire_id="NC", titulaire_nom="CDL"))
    assert (report.contracts, report.titulaires) == (1, 0)
    assert "Aucun titulaire" in remarks(tmp_path)


def test_a_buyer_without_identifier_keeps_its_contracts_apart_from_others(place: Session, tmp_path: Path) -> None:
    rows = [row(acheteur_id="", acheteur_nom=name) for name in ("Mairie de X", "Mairie de Y", "")]
    report = read_rows(tmp_path, *rows)
    assert (report.contracts, report.refused) == (2, 1)
    assert "L’acheteur manque" in refusals(tmp_path)[1]


def test_an_identifier_that_a_file_corrects_is_replaced(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(titulaire_id="00001"), row(titulaire_id=str(B)))
    read_rows(tmp_path, row(titulaire_id=str(C), dateNotification="2024-12-02"))  # an amendment alone corrects nothing
    assert [held.identifier for held in only_contract(place).titulaires] == ["00001", B, C]
    assert read_rows(tmp_path, row(), row(titulaire_id=str(B))).updated == 1
    assert [held.identifier for held in only_contract(place).titulaires] == [B, C, A]


# The directory


def test_unknown_organisations_are_listed_and_found_by_their_name(place: Session, tmp_path: Path) -> None:
    report = read_rows(tmp_path, row())
    assert report.listed == {OrganisationKind.BUYER: 1, OrganisationKind.COMPANY: 1}
    listed = {each.siret: each for each in place.scalars(select(Organisation))}
    assert {each.source for each in listed.values()} == {OrganisationSource.PORTAL}
    assert {held.kind for held in listed[A].kinds} == {OrganisationKind.COMPANY}
    assert only_contract(place).buyer_id == listed[BUYER].id
    matching = contract_search.ids_matching("atelier", prefix=True)
    assert matching is not None
    assert place.scalars(select(Contract.id).where(Contract.id.in_(matching))).all() == [only_contract(place).id]


def test_a_listed_organisation_stays_what_it_is(place: Session, tmp_path: Path) -> None:
    structure = organisation(place, 1, "Envie", kinds={OrganisationKind.EI: None})
    buyer = organisation(place, 900, "Ville", kinds={OrganisationKind.NETWORK: None})
    assert read_rows(tmp_path, row()).listed == {}
    place.expire_all()
    assert ({held.kind for held in structure.kinds}, structure.name) == ({OrganisationKind.EI}, "Envie")
    assert ({held.kind for held in buyer.kinds}, buyer.version) == ({OrganisationKind.NETWORK}, 1)
    contract = only_contract(place)
    assert (contract.buyer_id, contract.titulaires[0].organisation_id) == (buyer.id, structure.id)
    assert contract.titulaires[0].name == "Atelier A"


def test_a_titulaire_that_someone_listed_themselves_is_linked_and_told(place: Session, tmp_path: Path) -> None:
    company = organisation(place, 1, kinds={OrganisationKind.COMPANY: None}, source=OrganisationSource.OWN)
    company.kinds[0].source = OrganisationSource.OWN
    place.commit()
    assert read_rows(tmp_path, row()).remarks == 1
    assert f"Titulaire {A} inscrit par une personne, à confirmer" in remarks(tmp_path)
    assert only_contract(place).titulaires[0].organisation_id == company.id
    assert read_rows(tmp_path, row()).remarks == 0


def test_who_is_buyer_and_titulaire_of_one_file_is_both(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(), row(id="N2", acheteur_id=str(A), titulaire_id=str(B)))
    both = place.scalars(select(Organisation).where(Organisation.siret == A)).one()
    assert {held.kind for held in both.kinds} == {OrganisationKind.BUYER, OrganisationKind.COMPANY}


def test_an_organisation_listed_without_a_name_receives_it(place: Session, tmp_path: Path) -> None:
    read(write_json(tmp_path / "decp.json", official(market())))
    titulaire = place.scalars(select(Organisation).where(Organisation.siret == A)).one()
    assert titulaire.name == f"SIRET {A.formatted}"
    read_rows(tmp_path, row())
    place.expire_all()
    assert titulaire.name == "Atelier A"


# Odd cells


def test_what_is_odd_is_told_and_the_rest_kept(place: Session, tmp_path: Path) -> None:
    odd = row(montant="beaucoup", dureeMois="NC", offresRecues="0", codeCPV="INX 28213700-5", procedure="Gré à gré")
    report = read_rows(tmp_path, odd)
    assert (report.contracts, report.refused, report.without_amount) == (1, 0, 1)
    contract = only_contract(place)
    assert (contract.amount, contract.duration_months, contract.ends_on, contract.offers_received) == (None,) * 4
    assert (contract.cpv_code, contract.procedure, contract.procedure_as_read) == ("28213700", None, "Gré à gré")
    told = remarks(tmp_path)
    assert "« montant » n’est pas un montant lisible (« beaucoup ») : laissé vide" in told
    assert "« offresRecues » n’est pas un nombre d’offres plausible (« 0 ») : laissé vide" in told
    assert "Code CPV « INX 28213700-5 » : lu 28213700" in told
    assert "dont 1 marché sans montant" in report.summary.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("written", "months"),
    [("12", 12), ("12.0", 12), ("2,5", 3), ("0", None), ("-3", None), ("9999", None), ("douze", None), ("CDL", None)],
)
def test_durations(place: Session, tmp_path: Path, written: str, months: int | None) -> None:
    assert read_rows(tmp_path, row(dureeMois=written)).contracts == 1
    assert only_contract(place).duration_months == months
    assert ("dureeMois" in remarks(tmp_path)) == (written not in {"12", "12.0", "CDL"})


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1000", "1000"),
        ("1 234,56 €", "1234.56"),
        ("4.5E6", "4500000"),
        ("0.005", "0.01"),
        ("0", "0"),
        ("-1", None),
        ("1e15", None),
        ("NaN", None),
        ("Infinity", None),
        ("1.234,56", None),
    ],
)
def test_amounts(place: Session, tmp_path: Path, written: str, amount: str | None) -> None:
    read_rows(tmp_path, row(montant=written))
    assert only_contract(place).amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-09-11T00:00:00+02:00", date(2024, 9, 11)),
        ("11/09/2024", date(2024, 9, 11)),
        ("2024-02-30", None),
        ("NC", None),
        ("0024-09-11", None),
        ("septembre 2024", None),
    ],
)
def test_dates(place: Session, tmp_path: Path, written: str, day: date | None) -> None:
    report = read_rows(tmp_path, row(dateNotification=written))
    if day is None:
        assert (report.contracts, report.refused) == (0, 1)
        assert "date de notification manque" in report.refusals[0].reason
    else:
        assert only_contract(place).notified_on == day


@pytest.mark.parametrize(
    ("written", "procedure", "as_read"),
    [
        ("Appel d’offres ouvert", Procedure.OPEN, None),
        ("appel d'offres OUVERT", Procedure.OPEN, None),
        (
            "Marché négocié sans publicité ni mise en concurrence préalable",
            None,
            "Marché négocié sans publicité ni mise en concurrence préalable",
        ),
        ("CDL", None, None),
    ],
)
def test_procedures(
    place: Session, tmp_path: Path, written: str, procedure: Procedure | None, as_read: str | None
) -> None:
    read_rows(tmp_path, row(procedure=written))
    assert (only_contract(place).procedure, only_contract(place).procedure_as_read) == (procedure, as_read)


@pytest.mark.parametrize(
    ("written", "reserved", "clause", "criterion"),
    [
        ("Clause sociale, Critère social", False, True, True),
        ("['Marché réservé']", True, False, False),
        ("Pas de considération sociale", False, False, False),
        ("", False, False, False),
    ],
)
def test_social_considerations(
    place: Session, tmp_path: Path, written: str, reserved: bool, clause: bool, criterion: bool
) -> None:
    read_rows(tmp_path, row(considerationsSociales=written))
    contract = only_contract(place)
    assert (contract.is_reserved, contract.has_social_clause, contract.has_social_criterion) == (
        reserved,
        clause,
        criterion,
    )


def test_silence_erases_nothing(place: Session, tmp_path: Path) -> None:
    read(write_json(tmp_path / "decp.json", official(market())))
    version = only_contract(place).version
    report = read_rows(tmp_path, row(montant="NC", dureeMois="", offresRecues="", procedure="", codeCPV=""))
    assert (report.unchanged, report.updated) == (0, 1)  # the name of the buyer, that the official file does not hold
    contract = only_contract(place)
    assert (contract.object, contract.amount, contract.duration_months) == (
        "Entretien des espaces verts",
        Decimal("1000.50"),
        24,
    )
    assert (contract.has_social_clause, contract.groupement, contract.procedure) == (
        True,
        DecpGroupement.SOLIDAIRE,
        Procedure.OPEN,
    )
    assert (contract.buyer_name, contract.version) == ("Ville d’Essai", version + 1)


def test_an_object_that_is_not_published_is_made_of_the_code(place: Session, tmp_path: Path) -> None:
    read_rows(
        tmp_path, row(), row(id="N2", codeCPV="45999999"), row(id="N3", codeCPV=""), row(id="N4", codeCPV="", type="")
    )
    place.expire_all()
    assert [contract.object for contract in place.scalars(select(Contract).order_by(Contract.number.desc()))] == [
        "Marché (objet non publié)",
        "Travaux (objet non publié)",
        "Travaux de construction (objet non publié)",
        "Travaux de maçonnerie et de briquetage (objet non publié)",
    ]


# Rows that are refused


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"id": ""}, "Le numéro du marché manque."),
        ({"id": "x" * 121}, "Le numéro du marché est trop long."),
        ({"uid": "x" * 161}, "L’identifiant unique du marché est trop long."),
        ({"dateNotification": ""}, "La date de notification manque, ou n’est pas lisible."),
        ({"acheteur_id": "", "acheteur_nom": "NC"}, "L’acheteur manque : ni identifiant, ni nom."),
    ],
)
def test_a_row_in_error_is_handed_back_and_stops_nothing(
    place: Session, tmp_path: Path, told: Mapping[str, str], reason: str
) -> None:
    report = read_rows(tmp_path, row(id="N1"), row(**told), row(id="N2"))
    assert (report.rows, report.refused, report.contracts) == (3, 1, 2)
    assert (report.refusals[0].number, report.refusals[0].reason.replace("\u202f", " ")) == (3, reason)
    assert len(refusals(tmp_path)) == 2


def test_mended_rejects_go_in(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(dateNotification=""), row(titulaire_id=str(B)))
    assert [held.identifier for held in only_contract(place).titulaires] == [B]
    mended = "\n".join(refusals(tmp_path)).replace(";1000.5;;", ";1000.5;2024-09-11;")
    (tmp_path / "mended.csv").write_text(mended, "utf-8")
    assert read(tmp_path / "mended.csv").refused == 0
    assert {held.identifier for held in only_contract(place).titulaires} == {A, B}


def test_a_row_cut_short_is_handed_back(place: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "decp.csv", [row()])
    path.write_text(path.read_text() + "x,y\n")
    assert read(path).refused == 1
    assert "colonnes" in refusals(tmp_path)[1]


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ";"), ("cp1252", "\t"), ("cp1252", ",")])
def test_encodings_and_separators(place: Session, tmp_path: Path, encoding: str, separator: str) -> None:
    read(write_csv(tmp_path / "decp.csv", [row(titulaire_nom="Écopâturage")], encoding=encoding, separator=separator))
    assert only_contract(place).titulaires[0].name == "Écopâturage"
    assert only_contract(place).procedure is Procedure.ADAPTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_of_the_official_file(place: Session, tmp_path: Path, encoding: str) -> None:
    content = json.dumps(official(market(objet="Écopâturage d’été")), ensure_ascii=False)
    (tmp_path / "decp.json").write_bytes(content.encode(encoding))
    read(tmp_path / "decp.json")
    assert only_contract(place).object == "Écopâturage d’été"


def test_the_ministry_s_files_have_up_to_three_titulaires_on_a_row(place: Session, tmp_path: Path) -> None:
    told = {
        "id": "2024E025",
        "acheteur_id": str(BUYER),
        "objet": "Propreté",
        "codecpv": "90910000-9",
        "montant": "5000",
        "dureemois": "12",
        "datenotification": "2024-09-11",
        "procedure": "Procédure adaptée",
        "titulaire_id_1": str(A),
        "titulaire_typeidentifiant_1": "SIRET",
        "titulaire_id_2": "CDL",
        "titulaire_typeidentifiant_2": "CDL",
        "titulaire_id_3": str(C),
        "titulaire_typeidentifiant_3": "SIRET",
        "typegroupementoperateurs": "Conjoint",
    }
    read_rows(tmp_path, told)
    contract = only_contract(place)
    assert {held.identifier for held in contract.titulaires} == {A, C}
    assert (contract.object, contract.groupement, contract.amount) == (
        "Propreté",
        DecpGroupement.CONJOINT,
        Decimal(5000),
    )


# The official file


def test_a_concession_is_read_in_its_own_words(place: Session, tmp_path: Path) -> None:
    report = read(write_json(tmp_path / "decp.json", official(market(), concessions=[concession()])))
    assert (report.contracts, report.total) == (2, Decimal("2001000.50"))
    place.expire_all()
    read_one = place.scalars(select(Contract).where(Contract.family == ContractFamily.CONCESSION)).one()
    assert (read_one.nature, read_one.is_reserved, read_one.has_social_clause) == (
        "Délégation de service public",
        True,
        False,
    )
    assert (read_one.procedure_as_read, read_one.notified_on) == ("Procédure négociée ouverte", date(2024, 4, 2))


def test_an_amendment_numbered_beyond_numbers_comes_in_its_place(place: Session, tmp_path: Path) -> None:
    change = {"modification": {"id": "9" * 5000, "dateNotificationModification": "2025-03-01", "montant": 1500}}
    read(write_json(tmp_path / "decp.json", official(market(modifications=[change]))))
    assert only_contract(place).amount == Decimal(1500)


def test_amendments_come_in_the_order_of_their_numbers(place: Session, tmp_path: Path) -> None:
    changes = [
        {"modification": {"id": 2, "dateNotificationModification": "2025-03-01", "montant": 1500}},
        {"modification": {"id": 1, "dateNotificationModification": "2025-03-01", "montant": 1300, "dureeMois": 30}},
        {"modification": {"id": 3, "dateNotificationModification": "bientôt", "montant": 9}},
    ]
    read(write_json(tmp_path / "decp.json", official(market(modifications=changes))))
    contract = only_contract(place)
    assert (contract.amount, contract.duration_months, contract.amended_on) == (Decimal(1500), 30, date(2025, 3, 1))
    assert "Modification n° 3 sans date lisible" in remarks(tmp_path)


def test_a_titulaire_that_an_amendment_brings_is_added_and_nobody_leaves(place: Session, tmp_path: Path) -> None:
    brought = [{"titulaire": {"id": str(B), "typeIdentifiant": "SIRET"}}]
    change = {"id": 1, "dateNotificationModification": "2025-03-01", "titulaires": brought}
    read(write_json(tmp_path / "decp.json", official(market(modifications=[{"modification": change}]))))
    held = only_contract(place).titulaires
    assert [(each.identifier, each.left_on) for each in held] == [(A, None), (B, None)]


def test_the_nesting_of_older_files_is_read_too(place: Session, tmp_path: Path) -> None:
    older = market(
        _type="Marché", titulaires=[{"id": str(A), "typeIdentifiant": "SIRET", "denominationSociale": "Envie"}]
    )
    granted = concession(_type="Contrat de concession", concessionnaires={"concessionnaire": [{"id": str(B)}]})
    report = read(write_json(tmp_path / "decp.json", {"marches": [older, granted]}))
    assert (report.contracts, report.titulaires, report.refused) == (2, 2, 0)
    named = place.scalars(select(ContractTitulaire.name).where(ContractTitulaire.identifier == A)).one()
    assert named == "Envie"


def test_an_entry_in_error_comes_back_in_a_file_that_goes_in_once_mended(place: Session, tmp_path: Path) -> None:
    content = official(market(dateNotification="NC"), "x", market(id="N2"), concessions=[concession(id="")])
    report = read(write_json(tmp_path / "decp.json", content))
    assert (report.rows, report.refused, report.contracts) == (4, 3, 1)
    handed_back = tmp_path / "decp-refus.json"
    mended = handed_back.read_text().replace('"dateNotification": "NC"', '"dateNotification": "2024-09-11"')
    handed_back.write_text(mended.replace('"id": ""', '"id": "DSP1"'))
    again = read(handed_back)
    assert (again.created, again.refused) == (2, 1)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("decp.json", "{", "n’est pas un JSON lisible : vérifiez la ligne 1"),
        ("decp.json", '{"marches": 1' + "0" * 5_000 + "}", "n’est pas un JSON lisible"),
        ("decp.json", "[" * 200_000, "n’est pas un JSON lisible"),
        ("decp.json", "{}", "il manque « marches »"),
        ("decp.json", '{"marches": {}}', "il manque « marches »"),
        ("decp.json", '{"marches": {"marche": []}}', "ne contient aucun marché"),
        ("decp.csv", "id,acheteur_id\n", "il manque les colonnes"),
        ("decp.csv", "id,acheteur_id,titulaire_id,dateNotification\n", "ne contient aucun marché"),
        ("decp.csv", "", "est vide"),
    ],
)
@pytest.mark.usefixtures("place")
def test_an_unusable_file_is_one_sentence(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(UnusableFile) as refused:
        read(tmp_path / name)
    assert sentence in refused.value.sentence.replace("\u202f", " ")


# Awarded on the portal


def test_a_contract_that_the_portal_awarded_is_completed_and_not_counted_twice(place: Session, tmp_path: Path) -> None:
    buyer = organisation(place, 900, "Ville", kinds={OrganisationKind.BUYER: None})
    structure = organisation(place, 1, "Envie")
    awarded = Contract(
        reference="ville-2024e025",
        buyer_id=buyer.id,
        buyer_identifier=buyer.siret,
        number="2024E025",
        object="Gros œuvre",
        notified_on=date(2024, 9, 10),
        amount=Decimal(900),
        source=ContractSource.AWARD,
        created_at=NOW,
        titulaires=[ContractTitulaire(organisation_id=structure.id, identifier=structure.siret, name="Envie")],
    )
    place.add(awarded)
    place.commit()
    for outcome in ("updated", "unchanged"):
        report = read_rows(tmp_path, row(), row(titulaire_id=str(B)))
        assert getattr(report, outcome) == 1
        assert "Attribué sur le portail pour 900 €, 1 000,50 € dans ce fichier" in remarks(tmp_path)
        contract = only_contract(place)
        assert (contract.reference, contract.object, contract.amount) == ("ville-2024e025", "Gros œuvre", Decimal(900))
        assert (contract.decp_uid, contract.procedure, contract.offers_received) == (
            f"{BUYER}2024E025",
            Procedure.ADAPTED,
            3,
        )
        assert (contract.notified_on, len(contract.titulaires)) == (date(2024, 9, 10), 1)


# Runs


def test_a_dry_run_keeps_nothing_and_tells_the_same(place: Session, tmp_path: Path) -> None:
    rows = [row(), row(id="N2", titulaire_id=str(B)), row(id="")]
    rehearsed = read(write_csv(tmp_path / "decp.csv", rows), dry_run=True)
    assert place.scalar(select(func.count()).select_from(Contract)) == 0
    assert place.scalar(select(func.count()).select_from(Organisation)) == 0
    assert journal.entries_of(place, "import", 0) == []
    assert rehearsed.summary == read_rows(tmp_path, *rows).summary


def test_the_counts_are_in_the_journal(place: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(), row(titulaire_id="00001"), row(id=""))
    (entry,) = journal.entries_of(place, "import", 0)
    assert (entry.event, entry.object_label) == ("contract.imported", "decp.csv")
    assert entry.after == {
        "read": 3,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "contracts": 1,
        "titulaires": 2,
        "to_check": 1,
    }


def test_statements_do_not_follow_the_number_of_contracts_known(place: Session, tmp_path: Path, sql_count: Any) -> None:
    counted: list[Statements] = []
    for number in (20, 120):
        rows = [row(id=f"N{each}") for each in range(number)]
        read_rows(tmp_path, *rows)
        with sql_count() as statements:
            assert read_rows(tmp_path, *rows).unchanged == number
        counted.append(statements)
    assert counted[0].count == counted[1].count <= 12


def test_the_command_ends_with_its_counts(
    place: Session, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_connected", lambda: config)
    write_csv(tmp_path / "decp.csv", [row(), row(titulaire_id="00001"), row(id="")])
    result = CliRunner().invoke(cli.main, ["import", "decp", "decp.csv"])
    assert result.exit_code == 0
    assert result.stdout.replace("\u202f", " ").splitlines() == [
        "3 lignes lues, 1 refusée.",
        "1 marché : 1 créé, 0 mis à jour, 0 inchangé.",
        "2 titulaires, 1 marché à plusieurs titulaires.",
        "1 identifiant à vérifier.",
        "1 entreprise inscrite à l’annuaire, 1 acheteur.",
        "1 remarque sur ce qui a été lu : voir decp-remarques.csv.",
        "Montant total, chaque marché compté une fois : 1 000,50 €.",
        "Lignes refusées rendues dans decp-refus.csv",
    ]
    told = result.stderr.replace("\u202f", " ").splitlines()
    assert told[0] == "Ligne 4 : Le numéro du marché manque."
    assert told[1].startswith(f"Ligne 2, {BUYER}2024E025 : Titulaire « 00001 Atelier A » : identifiant à vérifier.")


# What must never happen

SOME_ROWS = st.lists(
    st.builds(
        row,
        id=st.sampled_from(["N1", "N2", "n1", ""]),
        acheteur_id=st.sampled_from([str(BUYER), str(OTHER_BUYER), "1", ""]),
        acheteur_nom=st.sampled_from(["Ville", "VILLE", "NC"]),
        titulaire_id=st.sampled_from([str(A), str(B), "00001", "CDL"]),
        titulaire_nom=st.sampled_from(["Envie", "ENVIE 33", ""]),
        montant=st.sampled_from(["100", "200", "300.10", "x", ""]),
        dateNotification=st.sampled_from(["2024-07-01", "2024-08-01", "2024-09-01", "NC"]),
        dureeMois=st.sampled_from(["6", "12", "0", "NC"]),
        procedure=st.sampled_from(["Procédure adaptée", "Gré à gré", ""]),
        codeCPV=st.sampled_from(["45262500", "90910000-9", ""]),
    ),
    min_size=1,
    max_size=8,
)


@given(rows=SOME_ROWS, data=st.data())
def test_a_contract_does_not_depend_on_the_order_of_its_rows(rows: list[dict[str, str]], data: st.DataObject) -> None:
    one_uid = [each | {"id": "N1", "acheteur_id": str(BUYER), "dateNotification": "2024-07-01"} for each in rows]
    notices = [notice_of_row(each) for each in one_uid]
    told = gathered(notices)
    again = gathered(data.draw(st.permutations(notices)))
    assert (again.titulaires, again.amount, again.months, again.facts) == (
        told.titulaires,
        told.amount,
        told.months,
        told.facts,
    )
    assert set(again.remarks) == set(told.remarks)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=SOME_ROWS, data=st.data())
def test_no_permutation_of_the_rows_changes_the_tables(
    place: Session, connection: Connection, tmp_path: Path, rows: list[dict[str, str]], data: st.DataObject
) -> None:
    states, summaries = [], []
    for ordered in (rows, data.draw(st.permutations(rows))):
        around = connection.begin_nested()
        try:
            summaries.append(read_rows(tmp_path, *ordered).summary)
            states.append(state_of(place))
            assert read_rows(tmp_path, *ordered).updated == 0
            assert state_of(place) == states[-1]
        finally:
            place.rollback()
            around.rollback()
    assert states[0] == states[1]
    assert summaries[0] == summaries[1]


ANY_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([str(A), "2024-09-11"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["titulaire", "id", "typeIdentifiant", "modification", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(changes=st.dictionaries(st.sampled_from([*market(), "modifications"]), ANY_VALUE, max_size=4))
def test_no_entry_breaks_the_import(
    place: Session, connection: Connection, tmp_path: Path, changes: dict[str, Any]
) -> None:
    around = connection.begin_nested()
    try:
        content = official(market(id="N2", acheteur={"id": str(OTHER_BUYER)}), market(**changes))
        report = read(write_json(tmp_path / "decp.json", content))
        assert report.contracts + report.refused == 2
        assert place.scalar(select(func.count()).where(Contract.number == "N2")) in {1, 2}
    finally:
        place.rollback()
        around.rollback()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=300))
@pytest.mark.usefixtures("place")
def test_no_file_breaks_the_import(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with pytest.raises(UnusableFile):
        read(path)


def test_two_imports_at_once_leave_what_one_leaves(fresh_engine: Engine, tmp_path: Path) -> None:
    with unit_of_work() as session:
        load_reference(session)
    rows = [row(id=f"N{each}", titulaire_id=str([A, B, C][each % 3]), montant="10") for each in range(60)]
    paths = [tmp_path / name for name in ("one.csv", "two.csv")]
    write_csv(paths[0], rows)
    write_csv(paths[1], reversed(rows))
    start, reports, troubles = threading.Barrier(2), [], []

    def run(path: Path) -> None:
        start.wait()
        try:
            reports.append(import_decp(ImportRun(path, NOW)))
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert [(report.contracts, report.refused, report.total) for report in reports] == [(60, 0, Decimal(600))] * 2
    assert sum(report.created for report in reports) == 60
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Contract)) == 60
        assert session.scalar(select(func.count()).select_from(ContractTitulaire)) == 60
        assert session.scalar(select(func.count()).select_from(Organisation)) == 4
