"""People said to be one count once, from then on, in every live figure; taking it back counts them apart again."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from portal.declarations import rules as declarations
from portal.declarations.models import Person, SamePerson
from portal.directory.models import Organisation
from portal.indicators.facts import YearFigures
from portal.indicators.queries import editions, rows
from portal.indicators.queries.scope import Scope
from portal.indicators.queries.year import figures_of
from portal.indicators.services import freeze
from portal.kernel.actor import SYSTEM
from portal.kernel.month import Month
from portal.vocabulary import ExitFamily, ExitKind, OrganisationKind, Sex
from tests.indicators import sample
from tests.indicators.sample import NOW, Worked

YEAR = 2025

_PLAIN = """
    SELECT COUNT(*) FROM (
        SELECT COALESCE(same.counted_as_id, delta.person_id) FROM delta
        LEFT JOIN same_person same ON same.buyer_id = delta.buyer_id AND same.person_id = delta.person_id
        WHERE delta.buyer_id = :buyer AND delta.month BETWEEN '2025-01' AND '2025-12'
        GROUP BY COALESCE(same.counted_as_id, delta.person_id)
        HAVING SUM(delta.sign * delta.hours_retained) > 0) people
"""


def told(session: Session, buyer: Organisation) -> YearFigures:
    session.flush()
    return figures_of(session, buyer, YEAR, NOW)


def count(figures: YearFigures) -> int:
    return sum(figures.people.values())


def say_same(session: Session, buyer: Organisation, pairs: Iterable[tuple[Person, Person]]) -> None:
    """The buyer's answers, anew."""
    session.execute(delete(SamePerson).where(SamePerson.buyer_id == buyer.id))
    counted = declarations.counted_as(declarations.pair_of(one.id, other.id) for one, other in pairs)
    session.add_all(
        [SamePerson(buyer_id=buyer.id, person_id=who, counted_as_id=oldest) for who, oldest in counted.items()]
    )
    session.flush()


@pytest.fixture
def buyer(session: Session) -> Organisation:
    return sample.buyer(session)


@pytest.fixture
def people(session: Session, buyer: Organisation) -> list[Person]:
    """Three, of two structures on one contract; the first two left in the same month, one from each."""
    one, other = (sample.organisation(session, name, OrganisationKind.ACI) for name in ("Les Jardins", "Le Relais"))
    contract = sample.contract(session, buyer, one, other, promised=3000)
    first, second, third = (sample.person(session, sex) for sex in (Sex.WOMAN, Sex.WOMAN, Sex.MAN))
    month = Month(YEAR, 4)
    sample.accept(session, contract, one, month, [Worked(first, 100, ExitKind.CDI), Worked(third, 40)])
    sample.accept(session, contract, other, month, [Worked(second, 60, ExitKind.CDI)])
    return [first, second, third]


def test_same_counts_one_fewer_and_taking_it_back_one_more(
    session: Session, buyer: Organisation, people: list[Person]
) -> None:
    before = told(session, buyer)
    say_same(session, buyer, [(people[0], people[1])])
    joined = told(session, buyer)
    assert (count(before), count(joined)) == (3, 2)
    assert [month.people for month in joined.months] == [2]
    assert [contract.people for contract in joined.contracts] == [2]
    assert sum((month.hours for month in joined.months), Decimal(0)) == Decimal(200), "hours stay what they are"
    say_same(session, buyer, [])
    assert asdict(told(session, buyer)) == asdict(before)


def test_an_answer_of_one_buyer_is_nothing_to_another(
    session: Session, buyer: Organisation, people: list[Person]
) -> None:
    before = asdict(told(session, buyer))
    say_same(session, sample.buyer(session, "Ville voisine"), [(people[0], people[1])])
    assert asdict(told(session, buyer)) == before


def test_exits_from_two_declarants_stay_two(session: Session, buyer: Organisation, people: list[Person]) -> None:
    """Each closes a path of its own, with its own declarant."""
    say_same(session, buyer, [(people[0], people[1])])
    assert told(session, buyer).exits[ExitFamily.DURABLE] == 2


def test_the_rows_that_make_a_figure_add_up_to_it(session: Session, buyer: Organisation, people: list[Person]) -> None:
    scope = Scope(buyer.id, YEAR, NOW)
    for pairs in ([], [(people[0], people[1])], [(people[0], people[1]), (people[1], people[2])]):
        say_same(session, buyer, pairs)
        totals = rows.declaration_totals(session, scope, with_exits=False)
        assert totals.people == count(told(session, buyer)) == 3 - len(pairs)


def test_what_was_frozen_does_not_move(session: Session, buyer: Organisation, people: list[Person]) -> None:
    freeze(session, buyer, YEAR, actor=SYSTEM, now=NOW)
    frozen = editions.frozen(session, buyer.id, YEAR)
    say_same(session, buyer, [(people[0], people[1])])
    assert editions.frozen(session, buyer.id, YEAR) == frozen


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_people_are_counted_as_plain_sql_counts_them(
    session: Session, buyer: Organisation, people: list[Person], data: st.DataObject
) -> None:
    pairs: list[Any] = [(people[0], people[1]), (people[1], people[2]), (people[0], people[2])]
    say_same(session, buyer, data.draw(st.lists(st.sampled_from(pairs), unique=True)))
    assert session.scalar(text(_PLAIN), {"buyer": buyer.id}) == count(told(session, buyer))
