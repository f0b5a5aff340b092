"""The search against a recount in plain Python, on both databases; and the upkeep against a rebuild."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast import services
from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.listing import rebuild
from portal.forecast.listing.rows import rows_of
from portal.forecast.listing.search import PAGE, TIMELINE_QUARTERS, Found, find
from portal.forecast.listing.selection import WITHOUT_LEVER, Cursor, Facet, Order, Selection
from portal.forecast.models import Listing, ListingPlace, ListingTally, Lot, Project
from portal.kernel.period import PlannedPeriod, Quarter
from portal.storage.search import analysed
from portal.vocabulary import (
    AmountBand,
    Confidence,
    Lever,
    LeverState,
    PlannedPrecision,
    ProjectState,
    PurchaseFamily,
    Reservation,
    Trade,
)
from tests.forecast.sample import COMMUNES, NOW, lot_facts, make_buyer, make_project, purchaser
from tests.statements import Statements

FIRST = Quarter(2026, 4)
TITLES = ("Entretien des œuvres d’art", "Nettoyage des écoles", "Tonte des pelouses", "Assistance au cœur de ville")
QUERIES = ("", "oeuvre", "Écoles", "nettoyage ecole", "COEUR", "zinzolin", "de la", "Belleroche", "propreté")
TRADES = (Trade.CLEANING, Trade.GREEN_SPACES, Trade.DIGITAL)


@dataclass(frozen=True)
class Spec:
    """A lot to list, as a recount needs it."""

    buyer: int
    title: str
    facts: LotFacts


def specs() -> st.SearchStrategy[list[Spec]]:
    levers = st.lists(st.sampled_from(Lever), unique=True, max_size=2).flatmap(
        lambda chosen: st.tuples(*(_choices(lever) for lever in chosen))
    )
    facts = st.builds(
        LotFacts,
        trade=st.sampled_from(TRADES),
        planned=st.builds(
            PlannedPeriod,
            st.dates(date(2026, 9, 1), date(2029, 6, 1)),
            st.sampled_from(PlannedPrecision),
        ),
        confidence=st.sampled_from(Confidence),
        amount_high=st.sampled_from([None, *map(Decimal, (30_000, 90_000, 215_999, 2_000_000))]),
        hours_wanted=st.sampled_from([None, *map(Decimal, (100, 1_200, 12_000))]),
        whole_territory=st.booleans(),
        commune_codes=st.lists(st.sampled_from(sorted(COMMUNES)), unique=True, max_size=3).map(tuple),
        levers=levers,
    )
    return st.lists(st.builds(Spec, st.integers(0, 1), st.sampled_from(TITLES), facts), max_size=10)


def _choices(lever: Lever) -> st.SearchStrategy[LeverChoice]:
    reservation = Reservation.INSERTION if lever is Lever.RESERVED else None
    return st.builds(
        LeverChoice, st.just(lever), st.sampled_from(LeverState), st.just(reservation), reason=st.just("x")
    )


def selections() -> st.SearchStrategy[Selection]:
    values = {
        Facet.LEVER: [*(lever.value for lever in Lever), WITHOUT_LEVER],
        Facet.TRADE: [trade.value for trade in TRADES],
        Facet.COMMUNE: sorted(COMMUNES),
        Facet.PERIOD: ["2026", "2027", "2027-T1", "2027-T2", "2028-T3"],
        Facet.BUYER: ["10000000000000", "10000000000001", "99999999999999"],
        Facet.AMOUNT: [band.value for band in AmountBand],
        Facet.CONFIDENCE: [confidence.value for confidence in Confidence],
    }
    some = {
        facet: st.one_of(st.just(()), st.lists(st.sampled_from(options), unique=True, max_size=2).map(tuple))
        for facet, options in values.items()
    }
    chosen = st.fixed_dictionaries(some).map(lambda made: {facet: kept for facet, kept in made.items() if kept})
    return st.builds(Selection, st.sampled_from(QUERIES), chosen, st.sampled_from(Order))


class Recount:
    """What the search should find, counted one lot at a time."""

    def __init__(self, lots: Sequence[Lot], buyers: Sequence[tuple[int, str]]) -> None:
        self._lots = lots
        self._sirets = dict(buyers)

    def passing(self, selection: Selection, ignoring: Facet | None = None) -> list[Lot]:
        return [lot for lot in self._lots if self._passes(lot, selection, ignoring)]

    def ordered(self, selection: Selection) -> list[int]:
        lots = sorted(self.passing(selection), key=lambda lot: self.key(lot, selection.order))
        return [lot.id for lot in (reversed(lots) if selection.order.descending else lots)]

    def key(self, lot: Lot, order: Order) -> tuple[Any, int]:
        keys: dict[Order, Any] = {
            Order.DATE: lot.planned_on,
            Order.HOURS: lot.hours_wanted or 0,
            Order.AMOUNT: lot.amount_high or 0,
            Order.CHANGE: lot.project.published_at,
        }
        return keys[order], lot.id

    def siret(self, lot: Lot) -> str:
        return self._sirets[lot.project.buyer_id]

    def communes(self, lot: Lot) -> set[str]:
        if not lot.whole_territory:
            return set(lot.commune_codes)
        own = COMMUNES["33001"][1]
        return {code for code, (_, epci) in COMMUNES.items() if epci == own}

    def _passes(self, lot: Lot, selection: Selection, ignoring: Facet | None) -> bool:
        facets = {facet: values for facet, values in selection.chosen.items() if facet is not ignoring}
        return self._says(lot, selection.text) and all(
            bool(self.values(lot, facet) & set(values)) for facet, values in facets.items()
        )

    def _says(self, lot: Lot, text: str) -> bool:
        names = [COMMUNES[code][0] for code in self.communes(lot)]
        said = set(analysed(" ".join([lot.project.title, lot.trade.label, lot.project.buyer.name, *names])).split())
        return {word for word in analysed(text).split() if not word.startswith("_")} <= said

    def values(self, lot: Lot, facet: Facet) -> set[str]:
        quarter = lot.planned.quarter
        found: dict[Facet, set[str]] = {
            Facet.LEVER: self.levers(lot) or {WITHOUT_LEVER},
            Facet.TRADE: {lot.trade.value},
            Facet.COMMUNE: self.communes(lot),
            Facet.PERIOD: {str(quarter.year), f"{quarter.year}-T{quarter.number}"},
            Facet.BUYER: {self.siret(lot)},
            Facet.AMOUNT: {lot.amount_band.value} if lot.amount_band else set(),
            Facet.CONFIDENCE: {lot.confidence.value},
        }
        return found[facet]

    def levers(self, lot: Lot) -> set[str]:
        return {held.lever.value for held in lot.levers if held.state is not LeverState.DISCARDED}

    def counts(self, selection: Selection, facet: Facet) -> Counter[str]:
        return Counter(value for lot in self.passing(selection, facet) for value in self.values(lot, facet))


@pytest.mark.long
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_every_count_and_every_page_equal_a_recount(session: Session, country: None, data: st.DataObject) -> None:
    world = session.begin_nested()
    try:
        recount = listed(session, data.draw(specs()))
        for _ in range(4):
            selection = data.draw(selections())
            found = find(session, selection, FIRST)
            check(found, selection, recount)
    finally:
        world.rollback()
        session.expunge_all()


def listed(session: Session, wanted: Iterable[Spec]) -> Recount:
    buyers = [(make_buyer(session, f"Acheteur {rank}", rank=rank), f"{10**13 + rank}") for rank in range(2)]
    lots = []
    for number, spec in enumerate(wanted, 1):
        project = Project(
            buyer_id=buyers[spec.buyer][0],
            reference=f"essai-2026-{number:04}",
            year=2026,
            number=number,
            title=spec.title,
            family=PurchaseFamily.SERVICES,
            allotment_defined=True,
            state=ProjectState.PUBLISHED,
            state_since=NOW,
            published_at=NOW - timedelta(days=number % 3),
            created_at=NOW,
            saved_at=NOW,
        )
        lot = Lot(number=1, created_at=NOW)
        lot.tell(spec.facts)
        project.all_lots.append(lot)
        session.add(project)
        lots.append(lot)
    session.flush()
    assert rebuild(session) == len(lots)
    return Recount(lots, buyers)


def check(found: Found, selection: Selection, recount: Recount) -> None:
    ordered = recount.ordered(selection)
    assert found.total == len(ordered)
    assert sorted(found.lot_ids) == sorted(ordered[: PAGE + 1])
    for facet, column in ((Facet.TRADE, "trade"), (Facet.AMOUNT, "amount_band"), (Facet.CONFIDENCE, "confidence")):
        assert found.counts_of(column) == recount.counts(selection, facet)
    assert levers_of(found) == recount.counts(selection, Facet.LEVER)
    assert periods_of(found) == recount.counts(selection, Facet.PERIOD)
    assert dict(named(found.communes)) == recount.counts(selection, Facet.COMMUNE)
    assert dict(named(found.buyers)) == recount.counts(selection, Facet.BUYER)
    assert found.cells == cells_of(recount.passing(selection, Facet.PERIOD), recount)


def named(found: Iterable[tuple[str, str, int]]) -> Iterable[tuple[str, int]]:
    return ((code, count) for code, _, count in found if count)


def levers_of(found: Found) -> Counter[str]:
    counts: Counter[str] = Counter()
    for mask, count in found.counts_of("levers").items():
        held = [lever.value for bit, lever in enumerate(Lever) if int(mask) >> bit & 1]
        counts.update(dict.fromkeys(held or [WITHOUT_LEVER], count))
    return counts


def periods_of(found: Found) -> Counter[str]:
    counts: Counter[str] = Counter()
    for index, count in found.counts_of("quarter").items():
        year, quarter = divmod(int(index), 4)
        counts.update({str(year): count, f"{year}-T{quarter + 1}": count})
    return counts


def cells_of(lots: Iterable[Lot], recount: Recount) -> Counter[tuple[int, str, int]]:
    first = FIRST.year * 4 + FIRST.number - 1
    cells: Counter[tuple[int, str, int]] = Counter()
    for lot in lots:
        quarter = lot.planned.quarter.year * 4 + lot.planned.quarter.number - 1
        mask = sum(1 << bit for bit, lever in enumerate(Lever) if lever.value in recount.levers(lot))
        if first <= quarter < first + TIMELINE_QUARTERS:
            cells[quarter, lot.trade.value, mask] += 1
    return cells


# Pages


def test_pages_follow_each_other_both_ways_without_a_gap(session: Session, country: None) -> None:
    many = [
        Spec(0, TITLES[n % 4], lot_facts(levers=(), hours_wanted=Decimal(n % 7 * 100), commune_codes=()))
        for n in range(2 * PAGE + 5)
    ]
    recount = listed(session, many)
    for order in Order:
        plain = Selection(order=order)
        ordered = recount.ordered(plain)
        seen: list[int] = []
        cursor: Cursor | None = None
        while True:
            page = page_of(session, plain.starting(cursor))
            assert [row.lot_id for row in page] == ordered[len(seen) : len(seen) + PAGE]
            seen += [row.lot_id for row in page]
            if len(seen) == len(ordered):
                break
            cursor = page[-1].cursor()
        back = page_of(session, plain.starting(page[0].cursor(backwards=True)))
        assert [row.lot_id for row in back] == ordered[PAGE : 2 * PAGE]


def page_of(session: Session, selection: Selection) -> list[Any]:
    found = find(session, selection, FIRST)
    rows = rows_of(session, found.lot_ids, selection.order, lambda reference, number: f"/{reference}/{number}")
    backwards = selection.cursor is not None and selection.cursor.backwards
    return rows[-PAGE:] if backwards else rows[:PAGE]


def test_a_lot_published_meanwhile_moves_nobody_to_another_page(session: Session, country: None) -> None:
    listed(session, [Spec(0, TITLES[0], lot_facts(commune_codes=())) for _ in range(PAGE + 3)])
    first = page_of(session, Selection())
    sooner = lot_facts(planned=PlannedPeriod(date(2026, 12, 1), PlannedPrecision.MONTH))
    make_project(session, make_buyer(session, "Acheteur 3", rank=3), sooner)
    second = page_of(session, Selection(cursor=first[-1].cursor()))
    assert len(second) == 3
    assert not {row.lot_id for row in first} & {row.lot_id for row in second}


def test_a_cursor_of_another_order_is_not_read() -> None:
    written = Cursor(date(2027, 4, 1), 12).written
    assert Cursor.read(written, Order.DATE, backwards=False) == Cursor(date(2027, 4, 1), 12)
    assert Cursor.read(written, Order.HOURS, backwards=False) is None


@pytest.mark.parametrize("typed", ["", "~", "x~1", "2027-04-01~", "2027-04-01~99999999999", "0001-01-01T00:00+14:00~1"])
def test_a_forged_cursor_is_not_read(typed: str) -> None:
    assert [Cursor.read(typed, order, backwards=False) for order in (Order.DATE, Order.CHANGE)] == [None, None]


# Upkeep


def test_upkeep_leaves_what_a_rebuild_would_make(session: Session, buyer_id: int) -> None:
    actor = purchaser(buyer_id)
    moved = make_project(session, buyer_id, lot_facts(title="centre"), lot_facts(title="rive droite"))
    dropped = make_project(session, buyer_id)
    services.revise_lot(
        session,
        moved.lots[1],
        lot_facts(title="rive droite", whole_territory=True, commune_codes=(), levers=(), trade=Trade.DIGITAL),
        expected_version=moved.lots[1].version,
        reason="Nouveau périmètre.",
        actor=actor,
        now=NOW + timedelta(days=2),
    )
    services.drop(session, dropped, reason="Budget.", expected_version=dropped.version, actor=actor, now=NOW)
    kept = snapshot(session)
    assert len(kept["listing"]) == 2
    rebuild(session)
    assert snapshot(session) == kept


def snapshot(session: Session) -> dict[str, Any]:
    session.flush()
    session.expire_all()
    return {
        "listing": session.execute(select(*Listing.__table__.columns).order_by(Listing.lot_id)).all(),
        "places": session.execute(
            select(ListingPlace.lot_id, ListingPlace.place).order_by(ListingPlace.lot_id, ListingPlace.place)
        ).all(),
        "tally": {
            (facet, value): count
            for facet, value, count in session.execute(
                select(ListingTally.facet, ListingTally.value, ListingTally.count)
            )
            if count
        },
        "found": [find(session, Selection(text), FIRST).total for text in ("numérique", "Combeaux", "écoles")],
    }


def test_accents_and_ligatures_find_each_other(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    services.revise_project(
        session,
        project,
        replace(project.facts, title="Entretien des œuvres à Bègles"),
        expected_version=project.version,
        actor=purchaser(buyer_id),
        now=NOW,
    )
    for typed in ("oeuvre", "Œuvres", "begles entretien", "BÈGLES"):
        assert find(session, Selection(typed), FIRST).total == 1, typed


@pytest.mark.parametrize("lots", [1, 25])
def test_the_number_of_statements_does_not_follow_the_number_of_lots(
    session: Session, country: None, sql_count: Callable[[], AbstractContextManager[Statements]], lots: int
) -> None:
    listed(session, [Spec(0, TITLES[1], lot_facts()) for _ in range(lots)])
    session.commit()
    with sql_count() as statements:
        page_of(session, Selection("écoles", {Facet.TRADE: ("cleaning",), Facet.LEVER: ("reserved",)}))
    assert statements.count == 2
