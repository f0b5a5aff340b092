"""Several purchasers at once, really committing: every number once, every count right."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from portal.forecast import queries, services
from portal.forecast.listing import rebuild
from portal.forecast.models import Listing, ListingTally, Project
from portal.kernel.errors import RuleViolation, Stale
from portal.storage import reading, unit_of_work
from portal.vocabulary import Trade
from tests.forecast.sample import NOW, PROJECT, envisaged, lot_facts, make_buyer, make_country, make_project, purchaser

THREADS, EACH = 4, 5


@pytest.fixture
def committed_buyer(fresh_engine: Engine) -> int:
    with unit_of_work() as session:
        make_country(session)
        return make_buyer(session)


def tally() -> dict[tuple[str, str], int]:
    with reading() as session:
        rows: Any = session.execute(select(ListingTally.facet, ListingTally.value, ListingTally.count))
        return {(facet, value): count for facet, value, count in rows if count}


def test_projects_published_at_once_have_their_own_numbers_and_all_count(committed_buyer: int) -> None:
    def publish_some(_worker: int) -> None:
        for _ in range(EACH):
            with unit_of_work() as session:
                make_project(session, committed_buyer)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(publish_some, range(THREADS)))

    published = THREADS * EACH
    with reading() as session:
        assert sorted(session.scalars(select(Project.number))) == list(range(1, published + 1))
        assert session.scalar(select(func.count()).select_from(Listing)) == published
        assert queries.publication_mark(session).counter == published
    kept = tally()
    with unit_of_work() as session:
        rebuild(session)
    assert tally() == kept


def test_two_lots_of_one_project_change_at_once(committed_buyer: int) -> None:
    with unit_of_work() as session:
        project = make_project(session, committed_buyer, lot_facts(title="centre"), lot_facts(title="rive droite"))
        reference, version = project.reference, project.version

    def change(number: int) -> None:
        with unit_of_work() as session:
            lot = queries.lot_of(queries.own(session, purchaser(committed_buyer), reference), number)
            services.revise_lot(
                session,
                lot,
                lot_facts(title=lot.title, trade=Trade.DIGITAL),
                expected_version=lot.version,
                actor=purchaser(committed_buyer),
                now=NOW + timedelta(hours=1),
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, (1, 2)))

    with reading() as session:
        after = queries.own(session, purchaser(committed_buyer), reference)
        assert {lot.trade for lot in after.lots} == {Trade.DIGITAL}
        assert after.version == version + 2


def test_of_two_publications_of_one_draft_only_one_passes(committed_buyer: int) -> None:
    actor = purchaser(committed_buyer)
    with unit_of_work() as session:
        project = services.create_project(
            session, committed_buyer, PROJECT, envisaged(), allotment_defined=True, actor=actor, now=NOW
        )
        reference, version = project.reference, project.version

    def publish(_worker: int) -> str:
        try:
            with unit_of_work() as session:
                drafted = queries.own(session, actor, reference)
                services.publish(session, drafted, expected_version=version, actor=actor, now=NOW)
        except Stale:
            return "stale"
        except RuleViolation:
            return "already"
        return "published"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(publish, range(2)))
    assert told.count("published") == 1
    with reading() as session:
        assert queries.publication_mark(session).counter == 1
