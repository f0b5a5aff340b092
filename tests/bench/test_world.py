"""The invented country: the same each time, of the size asked for, and nothing in it that the portal would refuse."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from bench.world.organisations import Made, drawn_buyers, streamed_organisations
from bench.world.places import drawn_towns
from bench.world.purchases import Rows, streamed_rows
from bench.world.size import METROPOLE
from portal.kernel.siret import Siret

_SIZE = replace(METROPOLE, communes=40, organisations=120, buyers=5, lots=150)


def _country() -> tuple[list[Made], list[Rows]]:
    towns = drawn_towns(["24", "2A", "974"], _SIZE.communes, taken=frozenset({"24001"}))
    buyers = drawn_buyers(_SIZE, towns)
    return [*buyers, *streamed_organisations(_SIZE, towns)], list(streamed_rows(_SIZE, buyers, towns, batch=20))


def test_it_is_drawn_alike_each_time() -> None:
    assert _country() == _country()


def test_it_has_exactly_the_size_asked_for() -> None:
    organisations, batches = _country()

    assert len(organisations) == len({made.siret for made in organisations}) == _SIZE.organisations
    assert len(list(_lots(batches))) == _SIZE.lots
    assert all(Siret(made.siret) for made in organisations)


def test_its_communes_avoid_the_codes_that_exist() -> None:
    towns = drawn_towns(["24", "974"], 300, taken=frozenset({"24001", "97401"}))

    codes = [town.code for town in towns]
    assert len(codes) == len(set(codes)) == 150 + 98
    assert {"24001", "97401"}.isdisjoint(codes)
    assert {len(code) for code in codes} == {5}


def _lots(batches: list[Rows]) -> Iterator[dict[str, Any]]:
    return chain.from_iterable(rows.lots for rows in batches)
