"""The rules without a database: anonymity, civil time, totals."""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.clock import PARIS
from portal.kernel.errors import RuleViolation, Unreadable
from portal.sourcing import rules
from portal.sourcing.anonymity import contacts_in, marks_of, warnings
from portal.sourcing.civil_time import format_hour, instant_in_paris, parse_hour
from portal.sourcing.facts import Asker, Totals
from portal.vocabulary import InterestKind, ProjectState
from tests.forecast.sample import lot_facts

ASKER = Asker(
    names=("Les Ateliers du Pont", "Éco-Net", "Claire Ansel"),
    siret="91000001800017",
    emails=("claire.ansel@pont.example",),
    phones=("05 56 12 34 56",),
    website="https://www.ateliers-du-pont.example/nous",
)
_AROUND = st.text(alphabet="abc ,;.!?\n«»éà’", max_size=30)
_WRITTEN = st.sampled_from(
    (
        *("les ateliers du pont", "LES  ATELIERS DU PONT", "Les Ate\u200bliers du Pont", "Les Ateliers-du-Pont"),
        *("eco net", "ÉCO‑NET", "Éco\u00a0Net", "claire ansel", "Claire.Ansel@PONT.example", "910000018 00017"),
        *("910 000 018", "910.000.018.00017", "0556123456", "+33 5 56 12 34 56", "0033 (0)5.56.12.34.56"),
        *("www.ateliers-du-pont.example", "05-56-12-34-56"),
    )
)


@given(_AROUND, _WRITTEN, _AROUND)
def test_no_spelling_of_what_names_the_asker_goes_unseen(before: str, mark: str, after: str) -> None:
    assert marks_of(ASKER, f"{before} {mark} {after}")


@given(_AROUND, st.text(max_size=60))
def test_a_buyer_that_tries_names_in_its_wording_learns_nothing(received: str, wording: str) -> None:
    """Whatever it writes, it is warned alike for one asker or another, when what it received tells of neither."""
    other = Asker(names=("La Régie",), siret="91000002600019", emails=("régie@b.example",))
    assert not marks_of(ASKER, received)
    for tried in (wording, f"{wording} Les Ateliers du Pont", "Claire Ansel"):
        assert warnings(ASKER, received, tried) == warnings(other, received, tried) == contacts_in(tried)


def test_what_the_asker_let_stand_is_pointed_out_in_the_wording() -> None:
    received = "Nous, Éco-Net, avons-nous un local ?"
    assert warnings(ASKER, received, "Éco-Net a-t-il un local ?") == ["Éco-Net"]
    assert warnings(ASKER, received, "Y a-t-il un local ?") == []


def test_short_names_and_words_that_contain_them_are_not_marks() -> None:
    assert marks_of(Asker(names=("Net", "A")), "Le nettoyage des locaux A et B, en planète") == []
    assert marks_of(Asker(), "Rien") == []


@pytest.mark.parametrize(("typed", "read"), [("14 h 30", (14, 30)), ("9h", (9, 0)), ("09:05", (9, 5)), ("18", (18, 0))])
def test_hours_are_read_as_people_write_them(typed: str, read: tuple[int, int]) -> None:
    assert parse_hour(typed) == time(*read)
    assert parse_hour(format_hour(time(*read))) == time(*read)


@given(st.text(max_size=12))
def test_any_text_is_an_hour_or_a_sentence(typed: str) -> None:
    with suppress(Unreadable):
        assert parse_hour(typed).second == 0


@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)), st.times())
def test_an_hour_in_paris_is_one_instant_or_is_refused(day: date, hour: time) -> None:
    hour = hour.replace(second=0, microsecond=0, fold=0)
    try:
        instant = instant_in_paris(day, hour, "starts")
    except RuleViolation:
        instant = None
    if instant is None:
        assert (hour.hour, day.month, day.weekday()) == (2, 3, 6)
        return
    assert instant.tzinfo is UTC
    assert instant.astimezone(PARIS).replace(tzinfo=None) == datetime.combine(day, hour)


def test_an_hour_that_comes_twice_is_the_first() -> None:
    assert instant_in_paris(date(2026, 10, 25), time(2, 30), "starts") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.dictionaries(st.sampled_from(InterestKind), st.integers(0, 5)), st.decimals(0, 10**6, places=2))
def test_nobody_but_the_buyer_reads_totals_of_fewer_than_four(kinds: dict[InterestKind, int], hours: Decimal) -> None:
    totals = Totals(kinds=kinds, hours=hours)
    live = sum(count for kind, count in kinds.items() if kind is not InterestKind.NOT_INTERESTED)
    assert totals.public == (live if live >= 4 else None)


def test_hours_are_compared_over_the_whole_duration() -> None:
    assert rules.hours_over_duration(lot_facts(hours_wanted=Decimal(12000), duration_months=30)) == 30000
    assert rules.hours_over_duration(lot_facts(hours_per_year=False)) == 12000
    assert rules.hours_over_duration(lot_facts(duration_months=None)) is None


def test_questions_close_on_their_day_or_with_the_consultation() -> None:
    today = date(2026, 12, 3)
    assert rules.closed_because(ProjectState.PUBLISHED, today, today) is None
    assert "2 décembre" in (rules.closed_because(ProjectState.PUBLISHED, date(2026, 12, 2), today) or "")
    assert "profil" in (rules.closed_because(ProjectState.IN_TENDER, None, today) or "")
