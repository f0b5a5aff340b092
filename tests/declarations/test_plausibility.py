"""What deserves an explanation, and what does not: small figures do not cry wolf."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.declarations import rules
from portal.declarations.rules import Terms
from portal.vocabulary import DoubtKind, ExitKind
from tests.declarations.sample import NOVEMBER


@dataclass(frozen=True)
class Worked:
    hours: Decimal = Decimal(100)
    training_hours: Decimal = Decimal(0)
    entered_on: date = date(2026, 3, 2)
    exit_on: date | None = None
    exit_kind: ExitKind | None = None
    id: int = 7


def kinds(line: Worked, **said: Any) -> list[DoubtKind]:
    """November, in a contract of four years, unless told."""
    known = {
        "hours_before": None,
        "terms": Terms(training_cap_percent=20),
        "runs_from": date(2025, 1, 6),
        "runs_to": date(2029, 1, 5),
    }
    found = rules.doubts_of_line(NOVEMBER, line, **(known | said))
    assert all(doubt.line_id == 7 and doubt.sentence for doubt in found)
    return [doubt.kind for doubt in found]


def hours(number: float, **said: Any) -> Worked:
    return Worked(hours=Decimal(str(number)), **said)


@pytest.mark.parametrize(
    ("line", "told"), [(hours(151.67), []), (hours(151.68), [DoubtKind.FULL_TIME]), (hours(0), [])]
)
def test_more_than_a_full_time(line: Worked, told: list[DoubtKind]) -> None:
    assert kinds(line) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (hours(98.75, entered_on=date(2026, 11, 25)), True),  # six days hold 51.42 h at the very most
        (hours(51, entered_on=date(2026, 11, 25)), False),
        (hours(60, exit_on=date(2026, 11, 4)), True),
        (hours(30, exit_on=date(2026, 11, 4)), False),
        (hours(0, exit_on=date(2026, 10, 4)), False),
    ],
)
def test_more_than_the_days_of_presence_hold(line: Worked, told: bool) -> None:
    assert (DoubtKind.FULL_TIME in kinds(line)) is told


@pytest.mark.parametrize(
    ("line", "dates", "told"),
    [
        (hours(10), {"runs_to": date(2026, 10, 31)}, True),
        (hours(10), {"runs_from": date(2026, 12, 1)}, True),
        (hours(80), {"runs_to": date(2026, 11, 5)}, True),  # five days hold 42.85 h at the very most
        (hours(42), {"runs_to": date(2026, 11, 5)}, False),
        (hours(100), {"runs_to": None}, False),
        (hours(0, exit_on=date(2026, 11, 20)), {"runs_to": date(2026, 11, 5)}, True),
        (hours(20, exit_on=date(2026, 11, 4)), {"runs_to": date(2026, 11, 5)}, False),
    ],
)
def test_outside_the_dates_of_the_contract(line: Worked, dates: dict[str, Any], told: bool) -> None:
    assert (DoubtKind.OUTSIDE_CONTRACT in kinds(line, **dates)) is told


def test_beyond_the_counting_period() -> None:
    assert kinds(hours(50, entered_on=date(2024, 11, 2))) == []
    assert kinds(hours(50, entered_on=date(2024, 10, 30))) == [DoubtKind.PERIOD_OVER]
    assert kinds(hours(50, entered_on=date(2024, 10, 30)), terms=Terms(counting_months=36)) == []


@pytest.mark.parametrize(
    ("line", "before", "told"),
    [
        (hours(120), 70, True),
        (hours(105), 70, False),  # half more, no more than half
        (hours(50), 120, True),
        (hours(34), 10, False),  # 24 h: under a week
        (hours(45), 10, True),
        (hours(100), 0, False),  # back after a month away: nothing to compare
        (hours(100), None, False),
        (hours(0), 120, False),  # not typed yet
        (hours(50, exit_on=date(2026, 11, 10)), 120, False),  # left in the month
        (hours(120, exit_on=date(2026, 11, 10)), 50, True),
        (hours(120, entered_on=date(2026, 10, 15)), 50, False),  # came in the course of the month before
        (hours(20, entered_on=date(2026, 10, 15)), 120, True),
        (hours(120, entered_on=date(2026, 10, 1)), 50, True),
    ],
)
def test_half_more_or_less_than_the_month_before(line: Worked, before: int | None, told: bool) -> None:
    told_before = None if before is None else Decimal(before)
    assert (DoubtKind.CHANGE in kinds(line, hours_before=told_before)) is told


def test_training_beyond_what_the_contract_counts() -> None:
    assert kinds(hours(100, training_hours=Decimal(20))) == []
    assert kinds(hours(100, training_hours=Decimal(21))) == [DoubtKind.TRAINING]
    assert kinds(hours(100, training_hours=Decimal(100)), terms=Terms()) == []
    assert kinds(hours(100, training_hours=Decimal(1)), terms=Terms(counts_training=False)) == [DoubtKind.TRAINING]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"hours": 0, "invoiced": 5000}, [DoubtKind.INVOICED_WITHOUT_HOURS]),
        ({"hours": 0, "invoiced": 5000, "is_nil": True}, [DoubtKind.INVOICED_WITHOUT_HOURS]),
        ({"hours": 0, "invoiced": 0}, []),
        ({"hours": 10, "invoiced": 5000}, []),
        ({"hours": 0, "hours_before": 900}, []),  # nothing typed yet
        ({"hours": 0, "hours_before": 900, "is_nil": True}, [DoubtKind.CHANGE]),
        ({"hours": 400, "hours_before": 900}, [DoubtKind.CHANGE]),
        ({"hours": 1400, "hours_before": 900}, [DoubtKind.CHANGE]),
        ({"hours": 1300, "hours_before": 900}, []),
        ({"hours": 200, "hours_before": 100}, []),  # one person more
        ({"hours": 400}, []),
    ],
)
def test_the_month_as_a_whole(said: dict[str, Any], told: list[DoubtKind]) -> None:
    known: dict[str, Any] = {"is_nil": False, "invoiced": None, "hours_before": None}
    numbers = {name: value if isinstance(value, bool) else Decimal(value) for name, value in said.items()}
    found = rules.doubts_of_month(NOVEMBER, **(known | numbers))
    assert [doubt.kind for doubt in found] == told
    assert all(doubt.line_id is None for doubt in found)


_ANY = st.decimals(min_value=0, max_value=257, places=2)


@given(now=_ANY, before=_ANY)
def test_a_change_under_a_week_never_cries_wolf(now: Decimal, before: Decimal) -> None:
    told = DoubtKind.CHANGE in kinds(Worked(hours=now), hours_before=before)
    assert not (told and abs(now - before) < 35)
    assert told or not (now and before and abs(now - before) >= max(Decimal(35), before))
