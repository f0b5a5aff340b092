"""Orders: typed one by one, or read from the buyer's accounts; and the hours that follow them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.contracts import services
from portal.contracts.facts import CommitmentFacts, OrderFacts
from portal.contracts.models import Contract, PurchaseOrder
from portal.contracts.orders import OrdersReport, import_orders
from portal.declarations import queries
from portal.intake import ImportRun
from portal.journal.models import JournalEntry
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import Refused, RuleViolation
from portal.vocabulary import CommitmentKind, Role
from tests.accounts.people import text_of
from tests.contracts.sample import NOW, TODAY, Town, acting_for, make_contract
from tests.forecast.pages import posted, sign_in

HEADING = "siret_acheteur;marche;date;montant_ht;commande"


@pytest.fixture
def contract(session: Session, town: Town) -> Contract:
    """One that promises 1,25 h for each thousand euros ordered."""
    made = make_contract(session, town, promised_hours=None)
    told = [CommitmentFacts(CommitmentKind.HOURS_PER_K, Decimal("1.25"))]
    services.set_commitment(session, made, told, {}, expected_version=made.version, actor=SYSTEM, now=NOW)
    session.commit()
    return made


def note(session: Session, contract: Contract, amount: str = "8000", **changed: Any) -> PurchaseOrder:
    given: dict[str, Any] = {"number": "BC-1", "ordered_on": date(2026, 11, 2), "amount": Decimal(amount)}
    order, actor = changed.pop("order", None), changed.pop("actor", SYSTEM)
    facts = OrderFacts(**given | changed)
    version = contract.version
    return services.note_order(session, contract, facts, order, expected_version=version, actor=actor, now=NOW)


def test_each_order_promises_its_hours_over_the_months_that_remain(session: Session, contract: Contract) -> None:
    note(session, contract)
    note(session, contract, "4000", number="BC-2", ordered_on=TODAY)
    assert queries.promised_of(session, [contract]) == {contract.id: Decimal(15)}
    assert queries.promised_of(session, [contract], date(2026, 11, 30)) == {contract.id: Decimal(10)}
    curve = [each.promised_to_date for each in queries.months_of(session, contract)]
    assert curve[:2] == [0, 0], "nothing before the first order"
    assert 0 < curve[2] < curve[3]
    assert curve[-1] == 15
    note(session, contract, "-12000", number="BC-3", ordered_on=TODAY)
    assert queries.promised_of(session, [contract]) == {contract.id: Decimal(0)}
    assert queries.months_of(session, contract)[-1].promised_to_date == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ordered_on": date(2026, 9, 1)}, "ordered_on"),
        ({"ordered_on": date(2026, 12, 4)}, "ordered_on"),
        ({}, "order_number"),
    ],
)
def test_an_order_that_cannot_be_is_refused(
    session: Session, contract: Contract, changed: dict[str, Any], field: str
) -> None:
    note(session, contract)
    with pytest.raises(RuleViolation) as refused:
        note(session, contract, **changed)
    assert refused.value.field == field


def test_an_order_is_corrected_and_both_are_told(session: Session, town: Town, contract: Contract) -> None:
    order = note(session, contract)
    note(session, contract, "0", order=order)
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert entry is not None
    assert (entry.event, (entry.before or {})["amount"], (entry.after or {})["amount"]) == (
        "contract.order_noted",
        "8000",
        "0",
    )
    with pytest.raises(Refused):
        note(session, contract, number="BC-9", actor=acting_for(town.structure, Role.TITULAIRE))


def test_orders_are_typed_listed_and_corrected(
    client: FlaskClient, session: Session, town: Town, contract: Contract
) -> None:
    sign_in(client, session, town.buyer.id)
    path = f"/marches/{contract.reference}/commandes"
    assert "Aucune commande n’est notée" in text_of(client.get(path))
    typed = {"order_number": "BC-1", "ordered_on": "02/11/2026", "order_amount": "8 000,50"}
    assert posted(client, path, **typed).status_code == 302
    assert posted(client, path, **typed).status_code == 422
    assert posted(client, path, **typed | {"order_number": "BC-2", "order_amount": "−500"}).status_code == 302
    page = text_of(client.get(path))
    assert "2 commandes 7 500,50 € HT en tout" in page
    order = session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.id)).first()
    assert order is not None
    assert posted(client, f"{path}/{order.id}", order_amount="9 000").status_code == 302
    assert "8 500 € HT en tout" in text_of(client.get(path))
    told = text_of(client.get(f"/marches/{contract.reference}"))
    assert "1,25 h × 8 500 € HT commandés ÷ 1 000 € = 10,63 h" in told
    sign_in(client, session, town.structure.id, Role.TITULAIRE)
    page = text_of(client.get(path))
    assert "BC-2" in page
    assert "Noter la commande" not in page
    assert client.get(f"{path}/{order.id}").status_code == 403


def read(folder: Path, *lines: str, dry_run: bool = False) -> OrdersReport:
    path = folder / "commandes.csv"
    path.write_text("\n".join([HEADING, *lines]), "utf-8")
    return import_orders(ImportRun(path, NOW, dry_run=dry_run))


def line(
    town: Town, amount: str = "8000", number: str = "BC-1", *, marche: str = "2026E001", on: str = "02/11/2026"
) -> str:
    return f"{town.buyer.siret};{marche};{on};{amount};{number}"


def test_a_file_read_twice_changes_nothing_more(
    session: Session, town: Town, contract: Contract, tmp_path: Path
) -> None:
    lines = [line(town), line(town, "−500,25", "BC-2"), line(town, number="BC-3", marche=contract.reference)]
    assert read(tmp_path, *lines, dry_run=True).created == 3
    assert session.scalars(select(PurchaseOrder)).all() == []
    for outcomes in ((3, 0, 0), (0, 0, 3)):
        report = read(tmp_path, *lines)
        assert (report.created, report.updated, report.unchanged) == outcomes
        assert report.summary.replace("\u202f", " ").splitlines()[1] == "15 499,75 € HT commandés, sur 2 marchés."
    assert read(tmp_path, line(town, "9000")).updated == 1
    assert [entry.event for entry in journal.entries_of(session, "import", 0)].count("contract.orders_imported") == 3


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"marche": "2020X"}, "Aucun marché « 2020X »"),
        ({"marche": ""}, "Le marché manque"),
        ({"number": ""}, "Le numéro de la commande manque"),
        ({"amount": "mille"}, "n’est pas lisible"),
        ({"on": "novembre 2026"}, "La date de la commande n’est pas lisible"),
        ({"on": "04/12/2026"}, "n’est pas encore passée"),
        ({"on": "01/09/2026"}, "on n’y commande pas avant"),
        ({"number": "BC-0"}, "figure déjà à la ligne 2"),
    ],
)
def test_an_order_that_cannot_be_kept_is_handed_back(
    town: Town, contract: Contract, tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    report = read(tmp_path, line(town, number="BC-0"), line(town, **changed))
    assert (report.created, report.refused) == (1, 1)
    assert reason in report.refusals[0].reason.replace("\u202f", " ")
    assert len((tmp_path / "commandes-refus.csv").read_text("utf-8-sig").splitlines()) == 2


def test_statements_do_not_follow_the_number_of_orders(
    town: Town, contract: Contract, tmp_path: Path, sql_count: Any
) -> None:
    counts = []
    for number in (10, 200):
        lines = [line(town, number=f"BC-{each}") for each in range(number)]
        read(tmp_path, *lines)
        with sql_count() as statements:
            assert read(tmp_path, *lines).unchanged == number
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 6
