"""Payments read from the buyer's accounts."""

import threading
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
from portal.contracts.expenses import ExpensesReport, import_expenses
from portal.contracts.models import Contract, Expense
from portal.intake import ImportRun, UnusableFile
from portal.storage import reading
from portal.vocabulary import OrganisationKind
from tests.contracts.decp_files import BUYER, NOW, OTHER_BUYER, A, B, C, read_rows, row
from tests.directory.organisations import organisation

HEADING = "siret_acheteur;marche;siret_titulaire;date;montant_ht;mandat"
UID = f"{BUYER}2024E025"


def payment(
    amount: str = "1200,50", mandat: str = "2026-1", *, marche: str = "2024E025", payee: str = A, on: str = "10/02/2026"
) -> str:
    return f"{BUYER};{marche};{payee};{on};{amount};{mandat}"


def pay(folder: Path, *lines: str, dry_run: bool = False) -> ExpensesReport:
    path = folder / "mandats.csv"
    path.write_text("\n".join([HEADING, *lines]), "utf-8")
    return import_expenses(ImportRun(path, NOW, dry_run=dry_run))


@pytest.fixture
def held(session: Session, tmp_path: Path) -> Session:
    """A contract that A and B hold together, and another of C."""
    read_rows(tmp_path, row(), row(titulaire_id=str(B)), row(id="N2", titulaire_id=str(C)))
    return session


def stored(session: Session) -> list[tuple[int, str, date, Decimal]]:
    session.expire_all()
    return [
        (expense.organisation_id, expense.source_reference, expense.paid_on, expense.amount)
        for expense in session.scalars(select(Expense).order_by(Expense.contract_id, Expense.source_reference))
    ]


def amounts(session: Session) -> list[Decimal]:
    return [amount for *_, amount in stored(session)]


def test_payments_go_in_once_with_their_total_by_year(held: Session, tmp_path: Path) -> None:
    lines = [
        payment(),
        payment("300", "2026-2", payee=B),
        payment("−50,25", "2026-3"),
        payment("10", "x", on="2025-12-31"),
    ]
    for outcomes in ((4, 0, 0), (0, 0, 4)):
        report = pay(tmp_path, *lines)
        assert (report.created, report.updated, report.unchanged) == outcomes
        assert report.euros == {2025: Decimal(10), 2026: Decimal("1450.25")}
        assert report.payments == {2025: 1, 2026: 3}
        assert sorted(amounts(held)) == [Decimal("-50.25"), Decimal(10), Decimal(300), Decimal("1200.50")]
    assert report.summary.replace("\u202f", " ").splitlines() == [
        "4 lignes lues : 0 créée, 0 mise à jour, 4 inchangées, 0 refusée.",
        "2025 : 10 € HT, 1 mandat.",
        "2026 : 1 450,25 € HT, 3 mandats.",
    ]


@pytest.mark.parametrize("name", ["2024E025", UID, UID.lower()])
def test_a_contract_is_named_by_number_uid_or_reference(held: Session, tmp_path: Path, name: str) -> None:
    assert pay(tmp_path, payment(marche=name)).created == 1
    (expense,) = held.scalars(select(Expense))
    assert held.get_one(Contract, expense.contract_id).number == "2024E025"


def test_a_payment_told_again_otherwise_is_corrected(held: Session, tmp_path: Path) -> None:
    pay(tmp_path, payment())
    report = pay(tmp_path, payment("1300", payee=B, on="11/02/2026"))
    assert (report.created, report.updated, report.euros) == (0, 1, {2026: Decimal(1300)})
    ((_, _, paid_on, amount),) = stored(held)
    assert (paid_on, amount) == (date(2026, 2, 11), Decimal(1300))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (payment(payee=C), "n’est pas titulaire du marché « 2024E025 », mais un autre établissement"),
        (payment(payee="34515469400094"), "345 154 694 00094 n’est pas titulaire du marché « 2024E025 »."),
        (payment(marche="2024E026"), "Aucun marché « 2024E026 » pour l’acheteur"),
        (payment().replace(BUYER, OTHER_BUYER), "Aucun marché « 2024E025 » pour l’acheteur"),
        (payment(payee="12345678901234"), "est mal formé"),
        (payment(payee=""), "Indiquez les 14 chiffres du SIRET."),
        (payment(marche=""), "Le marché manque"),
        (payment(mandat=""), "Le numéro du mandat manque"),
        (payment(mandat="x" * 81), "dépasse 80 caractères"),
        (payment(on=""), "La date du mandat n’est pas lisible"),
        (payment(on="février 2026"), "La date du mandat n’est pas lisible"),
        (payment(on="30/02/2026"), "écrivez par exemple 10/02/2026."),
        (payment(on="04/12/2026"), "n’est pas encore passé"),
        (payment("mille"), "Le montant n’est pas lisible"),
        (payment("1,234"), "plus de deux décimales"),
        (payment("--5"), "Le montant"),
        ("a;b", "colonnes"),
    ],
)
def test_a_payment_that_cannot_be_kept_is_handed_back(held: Session, tmp_path: Path, line: str, reason: str) -> None:
    report = pay(tmp_path, line, payment("5", "9"))
    assert (report.created, report.refused) == (1, 1)
    assert (report.refusals[0].number, amounts(held)) == (2, [Decimal(5)])
    assert reason in report.refusals[0].reason.replace("\u202f", " ")
    assert len((tmp_path / "mandats-refus.csv").read_text("utf-8-sig").splitlines()) == 2


def test_a_titulaire_to_check_is_paid_nothing(session: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(titulaire_id="00001"))
    assert pay(tmp_path, payment()).refused == 1


def test_two_lines_of_one_payment_are_told_and_not_added_in_silence(held: Session, tmp_path: Path) -> None:
    report = pay(tmp_path, payment("100"), payment("200", marche=UID), payment("100", payee=C, marche="N2"))
    assert (report.created, report.refused, sorted(amounts(held))) == (2, 1, [Decimal(100), Decimal(100)])
    assert "figure déjà à la ligne 2" in report.refusals[0].reason


def test_a_number_that_comes_back_another_year_is_told(held: Session, tmp_path: Path) -> None:
    pay(tmp_path, payment(mandat="12", on="10/02/2025"))
    report = pay(tmp_path, payment(mandat="12", on="10/02/2026"))
    assert (report.refused, len(amounts(held))) == (1, 1)
    assert "déjà connu en 2025" in report.refusals[0].reason


def test_two_contracts_of_one_number_are_told_apart_by_who_was_paid(session: Session, tmp_path: Path) -> None:
    read_rows(tmp_path, row(uid="U1", id="N1"), row(uid="U2", id="N1", titulaire_id=str(B)))
    report = pay(tmp_path, payment(marche="N1", payee=B))
    assert report.created == 1
    (expense,) = session.scalars(select(Expense))
    assert session.get_one(Contract, expense.contract_id).decp_uid == "U2"
    read_rows(tmp_path, row(uid="U2", id="N1", titulaire_id=str(A)))
    assert "écrivez la référence de l’un d’eux, u1, u2" in pay(tmp_path, payment(marche="N1")).refusals[0].reason


def test_a_dry_run_keeps_nothing(held: Session, tmp_path: Path) -> None:
    rehearsed = pay(tmp_path, payment(), dry_run=True)
    assert (rehearsed.created, rehearsed.euros, amounts(held)) == (1, {2026: Decimal("1200.50")}, [])
    assert [entry.event for entry in journal.entries_of(held, "import", 0)] == ["contract.imported"]


def test_the_counts_are_in_the_journal(held: Session, tmp_path: Path) -> None:
    pay(tmp_path, payment())
    told = {entry.event: entry.after for entry in journal.entries_of(held, "import", 0)}
    assert told["contract.expenses_imported"] == {
        "read": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
    }


def test_a_file_without_its_columns_is_unusable(held: Session, tmp_path: Path) -> None:
    (tmp_path / "mandats.csv").write_text("marche;date\nx;y\n")
    with pytest.raises(UnusableFile, match="il manque les colonnes"):
        import_expenses(ImportRun(tmp_path / "mandats.csv", NOW))


def test_statements_do_not_follow_the_number_of_payments(held: Session, tmp_path: Path, sql_count: Any) -> None:
    counts = []
    for number in (10, 200):
        lines = [payment(mandat=f"m{each}") for each in range(number)]
        pay(tmp_path, *lines)
        with sql_count() as statements:
            assert pay(tmp_path, *lines).unchanged == number
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 6


def test_the_command(held: Session, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_connected", lambda: config)
    (tmp_path / "m.csv").write_text("\n".join([HEADING, payment(), payment(payee=C)]), "utf-8")
    result = CliRunner().invoke(cli.main, ["import", "depenses", "m.csv"])
    assert result.exit_code == 0
    assert result.stdout.replace("\u202f", " ").splitlines() == [
        "2 lignes lues : 1 créée, 0 mise à jour, 0 inchangée, 1 refusée.",
        "2026 : 1 200,50 € HT, 1 mandat.",
        "Lignes refusées rendues dans m-refus.csv",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    lines=st.lists(
        st.builds(
            payment,
            st.sampled_from(["1", "-2,50", "3.10", "x"]),
            st.sampled_from(["a", "b", "c"]),
            marche=st.sampled_from(["2024E025", UID, "N2", "?"]),
            payee=st.sampled_from([str(A), str(B), str(C)]),
            on=st.sampled_from(["10/02/2026", "2025-06-01"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_total_told_is_the_total_kept(
    held: Session, connection: Connection, tmp_path: Path, lines: list[str]
) -> None:
    around = connection.begin_nested()
    try:
        report = pay(tmp_path, *lines)
        assert sum(report.euros.values()) == sum(amounts(held))
        kept = stored(held)
        again = pay(tmp_path, *lines)
        assert (again.created, again.updated, again.refused) == (0, 0, report.refused)
        assert stored(held) == kept
    finally:
        held.rollback()
        around.rollback()


@pytest.fixture
def committed(fresh_engine: Engine, tmp_path: Path) -> Engine:
    read_rows(tmp_path, row(), row(titulaire_id=str(B)))
    return fresh_engine


@pytest.mark.usefixtures("committed")
def test_two_imports_at_once_count_each_payment_once(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    lines = [payment("1", f"m{each}") for each in range(100)]
    start = threading.Barrier(2)
    reports: list[ExpensesReport] = []

    def run(folder: Path, lines: list[str]) -> None:
        start.wait()
        reports.append(pay(folder, *lines))

    threads = []
    for folder, ordered in zip(folders, (lines, lines[::-1]), strict=True):
        folder.mkdir()
        threads.append(threading.Thread(target=run, args=(folder, ordered)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(report.refused, report.euros) for report in reports] == [(0, {2026: Decimal(100)})] * 2
    assert sum(report.created for report in reports) == 100
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Expense)) == 100


def test_what_is_paid_belongs_to_the_organisation_of_the_titulaire(held: Session, tmp_path: Path) -> None:
    organisation(held, 50, "Autre", kinds={OrganisationKind.COMPANY: None})
    pay(tmp_path, payment())
    (expense,) = held.scalars(select(Expense))
    contract = held.get_one(Contract, expense.contract_id)
    assert expense.organisation_id == next(each.organisation_id for each in contract.titulaires if each.identifier == A)
