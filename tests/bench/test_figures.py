"""The command's own work, on a country as small as it gets: it seeds, measures everything, and prints one table."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bench.__main__ import MEASURES, measured, parser
from bench.bench import Bench
from bench.figures import Effort, Figure, at_least, at_most, table
from bench.progress import Progress
from bench.seed import seed
from bench.site import opened
from bench.world.size import METROPOLE
from portal import storage
from portal.forecast import rules
from portal.forecast.models import Listing, ListingTally, Lot
from tests.databases import Databases

_SIZE = replace(METROPOLE, organisations=80, lots=120)


@pytest.fixture(scope="module")
def seeded(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    if "postgresql" not in request.config.getoption("--databases").split(","):
        pytest.skip("figures are taken on PostgreSQL alone")
    url = databases.fresh("postgresql")
    engine = storage.make_engine(url, pool_size=2)
    seed(engine, _SIZE, Progress())
    yield engine
    engine.dispose()
    databases.drop(url)


def test_the_seed_is_what_the_portal_itself_would_publish(seeded: Engine) -> None:
    with Session(seeded) as session:
        lots = session.scalars(select(Lot)).all()
        for lot in lots:
            rules.ensure_lot_coherent(lot.facts)

        assert len(lots) == session.scalar(select(func.count()).select_from(Listing)) == _SIZE.lots
        assert session.scalar(select(ListingTally.count).where(ListingTally.facet == "total")) == _SIZE.lots


@pytest.fixture
def small_bench(seeded: Engine) -> Iterator[Bench]:
    url = seeded.url.render_as_string(hide_password=False)
    effort = Effort(searches=3, repeats=1, revalidations=3, requests=24)
    with opened(url, sys.stderr) as site:
        yield Bench(site, url, effort, Progress())


@pytest.mark.long
def test_every_figure_of_this_process_is_measured(small_bench: Bench) -> None:
    """Those taken in processes of their own have tests of their own, at sizes that take seconds."""
    names = [name for name in MEASURES if name not in {"web-worker", "decp"}]
    figures = measured(names, small_bench)

    assert [figure for figure in figures if figure.measured.startswith("not measured")] == []
    assert len(figures) > len(names)


@pytest.mark.slow
def test_the_web_worker_is_weighed_while_it_answers(small_bench: Bench) -> None:
    weight, grown = measured(["web-worker"], small_bench)

    assert weight.holds_by
    assert "× 200" in weight.measured
    assert grown.holds_by is None


def test_the_command_takes_some_figures_or_all_and_refuses_others() -> None:
    assert parser().parse_args([]).figures == []
    assert parser().parse_args(["page-weight", "--size", "metropole"]).figures == ["page-weight"]
    with pytest.raises(SystemExit):
        parser().parse_args(["page-wait"])


def test_a_figure_says_how_many_times_as_good_as_its_bar_it_is() -> None:
    assert at_least("rate", 90, 60, " %") == Figure("rate", "90 %", "≥ 60 %", 1.5)
    assert at_most("time", 75, 150, " ms", "alone") == Figure("time", "75 ms (alone)", "≤ 150 ms", 2.0)


def test_the_table_lines_its_columns_up() -> None:
    lines = table([at_least("rate", 90, 60, " %"), Figure("statements", "3")]).splitlines()

    assert lines[0].split() == ["figure", "measured", "bar", "×", "bar"]
    assert lines[2].endswith("1.50")
    assert {line.index(cell) for line, cell in zip(lines[2:], ("90 %", "3"), strict=True)} == {
        lines[0].index("measured")
    }
