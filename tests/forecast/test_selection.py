"""One view of the list has one address."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.forecast.listing.selection import (
    WITHOUT_LEVER,
    Cursor,
    Facet,
    Key,
    Order,
    Selection,
    read_selection,
    word_of,
)
from portal.vocabulary import AmountBand, Confidence, Lever, Trade

VALUES = {
    Facet.LEVER: [*(lever.value for lever in Lever), WITHOUT_LEVER],
    Facet.TRADE: [trade.value for trade in Trade],
    Facet.COMMUNE: ["2A004", "33063", "97411"],
    Facet.PERIOD: ["2027", "2027-T1", "2028-T4"],
    Facet.BUYER: ["10000000000000", "24330031600011"],
    Facet.AMOUNT: [band.value for band in AmountBand],
    Facet.CONFIDENCE: [confidence.value for confidence in Confidence],
}
KEYS: dict[Order, Key] = {
    Order.DATE: date(2027, 4, 1),
    Order.HOURS: Decimal("12000.50"),
    Order.CHANGE: datetime(2026, 12, 3, 8, tzinfo=UTC),
}


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    chosen = {
        facet: tuple(value for value in values if draw(st.booleans()))
        for facet, values in VALUES.items()
        if draw(st.booleans())
    }
    order = draw(st.sampled_from(Order))
    key: Key | None = KEYS.get(order)
    place, backwards = draw(st.integers(1, 10**9 - 1)), draw(st.booleans())
    cursor = Cursor(key, place, backwards) if key is not None and draw(st.booleans()) else None
    text = draw(st.sampled_from(["", "cœur de ville", "a&b=c", "100 %", "l’été « chaud »"]))
    return Selection(text, {facet: values for facet, values in chosen.items() if values}, order, cursor)


def read(address: str) -> Selection:
    return read_selection(parse_qsl(address, keep_blank_values=True))


@given(selections())
def test_an_address_leads_back_to_its_view(selection: Selection) -> None:
    assert read(selection.address()) == selection


@given(selections(), st.randoms())
def test_whatever_the_order_of_the_fields_the_address_is_the_same(selection: Selection, chance: Random) -> None:
    pairs = parse_qsl(selection.address())
    chance.shuffle(pairs)
    assert read_selection(pairs).address() == selection.address()


def test_addresses_are_in_french() -> None:
    chosen = {
        Facet.LEVER: ("reserved",),
        Facet.TRADE: ("building",),
        Facet.AMOUNT: ("from_40k",),
        Facet.PERIOD: ("2027-T2",),
    }
    view = Selection("école", chosen, Order.HOURS)
    assert view.address() == (
        "q=%C3%A9cole&levier=reserve&metier=batiment-et-travaux&periode=2027-T2&montant=40-000-a-90-000&tri=heures"
    )


@pytest.mark.parametrize("facet", [Facet.LEVER, Facet.TRADE, Facet.AMOUNT, Facet.CONFIDENCE])
def test_each_value_has_a_word_of_its_own(facet: Facet) -> None:
    words = [word_of(facet, value) for value in VALUES[facet]]
    assert len(set(words)) == len(words)
    assert all(words)


@pytest.mark.parametrize(
    "address",
    ["levier=cle", "commune=Talence", "periode=T2", "acheteur=1", "tri=id", "apres=1", "q=%20%20", "q=%00"],
)
def test_what_is_not_understood_asks_for_nothing(address: str) -> None:
    assert read(address) == Selection()


def test_a_filter_taken_off_leaves_the_others_and_starts_over() -> None:
    view = read("levier=reserve&levier=critere-social&metier=proprete&apres=2027-04-01~12")
    less = view.without(Facet.LEVER, "reserved")
    assert less.address() == "levier=critere-social&metier=proprete"
    assert less.without(Facet.LEVER, "criterion").without(Facet.TRADE, "cleaning") == Selection()
