"""What waits for someone is told in the order of days, with the time that is left."""

from datetime import date, timedelta

import pytest

from portal.desks.errands import Errand, in_order, summary

TODAY = date(2026, 12, 3)


def errand(days: int | None, title: str = "Déposer") -> Errand:
    due_on = None if days is None else TODAY + timedelta(days=days)
    return Errand(title=title, why="", action="Ouvrir", url="/", due_on=due_on)


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-3, "en retard de 3 jours", "late"),
        (0, "aujourd’hui", "due"),
        (1, "demain", "due"),
        (7, "dans 7 jours", "due"),
        (12, "dans 12 jours", "quiet"),
        (None, None, "quiet"),
    ],
)
def test_the_time_left_is_written(days: int | None, words: str | None, tone: str) -> None:
    told = errand(days)
    left = told.time_left(TODAY)
    assert left == words
    assert told.tone_on(TODAY) == tone


def test_what_is_due_first_comes_first_and_what_has_no_day_last() -> None:
    told = [errand(None, "a"), errand(12, "b"), errand(-3, "c"), errand(None, "d"), errand(12, "e")]

    assert [each.title for each in in_order(told)] == ["c", "b", "e", "a", "d"]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], "Rien ne vous attend."),
        ([None], "Une chose."),
        ([7], "Une chose. La première échéance est dans 7 jours."),
        ([-1, 3], "2 choses. Une est en retard."),
        ([-2, -1, None], "3 choses. 2 sont en retard."),
    ],
)
def test_the_lead_says_how_much_and_how_soon(days: list[int | None], words: str) -> None:
    told = in_order(errand(each) for each in days)
    assert summary(told, TODAY).replace("\u202f", " ").replace("\xa0", " ") == words
