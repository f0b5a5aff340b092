"""The demonstration's figures, each counted by plain SQL from the rows, apart from the application's own code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.declarations.models import SamePerson
from portal.directory.models import Organisation
from portal.indicators.queries.year import figures_of
from portal.kernel.clock import PARIS

pytestmark = pytest.mark.long

_OURS = "(SELECT id FROM organisation WHERE name = 'Métropole des Deux Rives')"
_LEDGER = f"FROM delta WHERE buyer_id = {_OURS} AND month BETWEEN :first AND :last"
_ACCEPTED_LINES = f"""
    FROM deposit_line line
    JOIN deposit ON deposit.id = line.deposit_id AND deposit.outcome = 'accepted'
    JOIN declaration ON declaration.id = deposit.declaration_id
    JOIN contract ON contract.id = declaration.contract_id AND contract.buyer_id = {_OURS}
    JOIN participant ON participant.id = line.participant_id
    WHERE declaration.month BETWEEN :first AND :last
"""
_STRUCTURE = """
    (organisation.ess_family IS NOT NULL OR EXISTS (
        SELECT 1 FROM organisation_kind kind
        WHERE kind.organisation_id = organisation.id
          AND kind.kind NOT IN ('buyer', 'network', 'facilitation', 'company')
          AND kind.valid_from <= contract.notified_on
          AND (kind.valid_to IS NULL OR kind.valid_to >= contract.notified_on)))
"""
_RESERVED_LOTS = f"""
    SELECT COUNT(DISTINCT lot.id)
    FROM lot
    JOIN lot_lever ON lot_lever.lot_id = lot.id AND lot_lever.lever = 'reserved' AND lot_lever.state = 'decided'
    JOIN project ON project.id = lot.project_id AND project.buyer_id = {_OURS}
    JOIN revision ON revision.project_id = project.id AND revision.field = 'in_tender'
    WHERE revision.at >= :since AND revision.at < :until
"""  # noqa: S608


def _year(year: int) -> dict[str, str]:
    return {"first": f"{year}-01", "last": f"{year}-12"}


def _one(engine: Engine, sql: str, given: Mapping[str, Any] | None = None) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), given or {}).scalar_one()


def _hours(engine: Engine, year: int) -> int:
    """In hundredths."""
    return int(_one(engine, f"SELECT SUM(sign * hours_retained) {_LEDGER}", _year(year)))


def test_hours_retained_in_2024(seeded: Engine) -> None:
    assert _hours(seeded, 2024) == 435_643_00
    assert _one(seeded, f"SELECT SUM(line.retained_hours) {_ACCEPTED_LINES}", _year(2024)) == 435_643_00


def test_people_of_2024_each_counted_once(seeded: Engine) -> None:
    by_ledger = f"SELECT person_id {_LEDGER} GROUP BY person_id HAVING SUM(sign * hours_retained) > 0"
    by_lines = f"SELECT person_id {_ACCEPTED_LINES} GROUP BY person_id HAVING SUM(line.retained_hours) > 0"
    for people in (by_ledger, by_lines):
        assert _one(seeded, f"SELECT COUNT(*) FROM ({people}) people", _year(2024)) == 1_267  # noqa: S608
    numbers = _one(seeded, f"SELECT COUNT(DISTINCT line.participant_id) {_ACCEPTED_LINES}", _year(2024))
    assert numbers > 1_267, "some were under the number of two declarants"


def test_two_said_to_be_one_are_one_fewer_until_that_is_taken_back(seeded: Engine) -> None:
    """As the results count them, which nothing moves as long as nobody answered."""
    people = f"SELECT person_id {_LEDGER} GROUP BY person_id HAVING SUM(sign * hours_retained) > 0"
    pair = f"SELECT MIN(person_id), MAX(person_id) FROM ({people}) people"  # noqa: S608
    with Session(seeded) as session:
        oldest, other = session.execute(text(pair), _year(2024)).one()
        buyer = session.get_one(Organisation, session.scalars(text(f"SELECT {_OURS}")).one())
        assert _people(session, buyer) == 1_267
        session.add(SamePerson(buyer_id=buyer.id, person_id=other, counted_as_id=oldest))
        session.flush()
        assert _people(session, buyer) == 1_266
        session.rollback()
        assert _people(session, buyer) == 1_267


def _people(session: Session, buyer: Organisation) -> int:
    return sum(figures_of(session, buyer, 2024, datetime(2026, 12, 3, tzinfo=PARIS)).people.values())


def test_structures_that_held_a_contract_in_2024(seeded: Engine) -> None:
    held = f"""
        SELECT COUNT(DISTINCT organisation.id)
        FROM contract
        JOIN contract_titulaire held ON held.contract_id = contract.id AND held.left_on IS NULL
        JOIN organisation ON organisation.id = held.organisation_id
        WHERE contract.buyer_id = {_OURS} AND contract.notified_on <= '2024-12-31' AND contract.ends_on >= '2024-01-01'
          AND {_STRUCTURE}
    """  # noqa: S608
    assert _one(seeded, held) == 100


def _euros(engine: Engine, condition: str) -> int:
    paid = f"""
        SELECT SUM(expense.amount)
        FROM expense
        JOIN contract ON contract.id = expense.contract_id AND contract.buyer_id = {_OURS}
        JOIN organisation ON organisation.id = expense.organisation_id
        WHERE expense.paid_on BETWEEN '2024-01-01' AND '2024-12-31' AND {condition}
    """  # noqa: S608
    return int(_one(engine, paid))


def test_euros_paid_in_2024(seeded: Engine) -> None:
    """17,4 M€ to structures; ordinary companies were paid too."""
    assert _euros(seeded, _STRUCTURE) == 17_412_386_52
    assert _euros(seeded, f"NOT {_STRUCTURE}") > 10_000_000_00


@pytest.mark.parametrize(
    ("since", "until", "count"), [("2014-03-30", "2020-06-29", 32), ("2020-06-29", "2025-01-01", 58)]
)
def test_reserved_lots_launched(seeded: Engine, since: str, until: str, count: int) -> None:
    assert _one(seeded, _RESERVED_LOTS, {"since": since, "until": until}) == count


def test_an_it_contract_that_held_five_times_its_promise(seeded: Engine) -> None:
    """From January 2022 to December 2024, which is all its life."""
    contract = "(SELECT id FROM contract WHERE number = '2021-201' AND trade = 'digital')"
    promised = f"SELECT SUM(quantity) FROM commitment WHERE contract_id = {contract} AND kind = 'fixed_hours'"  # noqa: S608
    assert _one(seeded, promised) == 7_000_00
    retained = f"SELECT SUM(sign * hours_retained) FROM delta WHERE contract_id = {contract}"  # noqa: S608
    assert _one(seeded, f"{retained} AND month <= '2024-12'") == _one(seeded, retained) == 35_000_00
    assert str(_one(seeded, f"SELECT ends_on FROM contract WHERE id = {contract}")) == "2024-12-31"  # noqa: S608


def test_the_other_years_grow_around_it(seeded: Engine) -> None:
    hours = [_hours(seeded, year) for year in (2022, 2023, 2024, 2025)]
    assert hours == sorted(hours)
    assert 280_000_00 < hours[0] < 330_000_00
    assert hours[3] < 480_000_00
    assert 380_000_00 < _hours(seeded, 2026) < hours[3], "November is still to come"


def test_the_size_of_it(seeded: Engine) -> None:
    lines = """
        SELECT MAX(lines) FROM (
            SELECT COUNT(*) AS lines FROM declaration_line line
            JOIN declaration ON declaration.id = line.declaration_id
            GROUP BY SUBSTR(declaration.month, 1, 4)) years
    """
    assert _one(seeded, lines) <= 15_000
    assert 7_000 < _one(seeded, "SELECT COUNT(*) FROM declaration") <= 8_000
    live = "SELECT COUNT(*) FROM contract WHERE notified_on <= '2026-12-03' AND ends_on >= '2026-12-03'"
    assert 140 <= _one(seeded, live) <= 180
    ended = "SELECT MIN(notified_on) FROM contract"
    assert str(_one(seeded, ended)) < "2016"
