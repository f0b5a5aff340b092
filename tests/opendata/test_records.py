"""Lots as flat records: everything public, nothing else, in a fixed number of statements."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.forecast import services
from portal.forecast.facts import LeverChoice
from portal.opendata.records import records_of
from portal.vocabulary import Lever, LeverState, SocialConsideration
from tests.forecast.sample import NOW, lot_facts, make_project, purchaser
from tests.statements import Statements

CLAUSE = LeverChoice(Lever.CLAUSE, LeverState.ENVISAGED)
GONE = LeverChoice(Lever.CRITERION, LeverState.DISCARDED, reason="Sans lien avec l’objet.")


def test_a_record_says_what_the_page_says(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, lot_facts(title="Rive droite"), lot_facts(title="Rive gauche"))
    first, second = records_of(session, [lot.id for lot in project.lots])
    assert (first.title, first.lot_in_address) == (f"{project.title} — lot 1, Rive droite", 1)
    assert second.facts == project.lots[1].facts
    assert [place.name for place in first.places] == ["Belleroche", "Saint-Aubrin"]
    assert (first.buyer_name, first.cpv_label) == ("Métropole des Deux Rives", "Services de nettoyage des écoles")
    assert first.facts.amount_low == Decimal(250000)


def test_the_order_asked_for_is_kept_and_statements_do_not_grow(
    session: Session, buyer_id: int, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    ids = [make_project(session, buyer_id).lots[0].id for _ in range(5)]
    with sql_count() as statements:
        records = records_of(session, ids[::-1])
    assert [record.lot_id for record in records] == ids[::-1]
    assert statements.count == 3


def test_considerations_in_the_words_of_decp(session: Session, buyer_id: int) -> None:
    both = make_project(session, buyer_id, lot_facts(levers=(CLAUSE, *lot_facts().levers))).lots[0].id
    none = make_project(session, buyer_id, lot_facts(levers=(GONE,))).lots[0].id
    first, second = records_of(session, [both, none])
    assert [each.label for each in first.considerations] == ["Clause sociale", "Marché réservé"]
    assert second.considerations == (SocialConsideration.NONE,)


def test_what_was_never_public_is_not_told(session: Session, buyer_id: int) -> None:
    draft = make_project(session, buyer_id, lot_facts(), lot_facts(title="Second"), published=False)
    kept, dropped = (lot.id for lot in draft.lots)
    actor = purchaser(buyer_id)
    assert records_of(session, [kept, dropped]) == []
    lot, soon = draft.lots[1], NOW + timedelta(minutes=1)
    services.remove_lot(session, lot, expected_version=lot.version, actor=actor, now=soon)
    later = NOW + timedelta(hours=1)
    services.publish(session, draft, expected_version=draft.version, actor=actor, now=later)
    session.flush()
    assert [record.lot_id for record in records_of(session, [kept, dropped])] == [kept]
