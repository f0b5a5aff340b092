"""The macros render sound markup, and never say by colour alone what they mean."""

from typing import Any

import pytest

from tests.look.pages import ensure_sound, rendered

CELL = {"reserved": 2, "clause": 1, "criterion": 0, "other": 1}
FULL = {"reserved": 9, "clause": 8, "criterion": 7, "other": 6}
EMPTY = {"reserved": 0, "clause": 0, "criterion": 0, "other": 0}
LOT = {
    "when": "2ᵉ trim. 2027",
    "confidence": "probable",
    "title": "Nettoyage des écoles — lot 3",
    "url": "/lots/3",
    "meta": "Métropole · Propreté",
    "levers": [{"kind": "reserved", "state": "envisaged", "words": "Réservé", "article": "art. L2113-13"}],
    "for_you": "votre métier.",
    "amount": "500 000 à 1 M€",
    "hours": None,
}


def macro(file: str, call: str, **context: Any) -> str:
    name = call.partition("(")[0]
    return rendered(f'{{% from "components/{file}.html" import {name} %}}{{{{ {call} }}}}', **context)


def called(file: str, call: str, body: str) -> str:
    name = call.partition("(")[0]
    return rendered(f'{{% from "components/{file}.html" import {name} %}}{{% call {call} %}}{body}{{% endcall %}}')


def timeline(cells: list[dict[str, int]]) -> str:
    quarters = [
        {"label": f"{n}ᵉ trimestre 2027", "short": f"{n}ᵉ trim.", "year": 2027 + n // 2, "url": f"?t={n}"}
        for n in range(len(cells))
    ]
    rows = [{"label": "Propreté", "total": 4, "mine": True, "url": None, "cells": cells}]
    totals = {"total": 4, "reserved": 2, "cells": cells}
    return macro("timeline", "timeline(quarters, rows, totals)", quarters=quarters, rows=rows, totals=totals)


@pytest.mark.parametrize("kind", ["reserved", "clause", "criterion", "insertion_service"])
@pytest.mark.parametrize("state", ["envisaged", "decided", "discarded", None])
def test_a_lever_is_a_sign_a_word_and_its_article(kind: str, state: str | None) -> None:
    html = macro("marks", "lever(kind, state, 'Le levier', 'art. L1')", kind=kind, state=state)
    text = ensure_sound(html).text
    words = {"envisaged": "envisagé", "decided": "décidé", "discarded": "écarté", None: "Le levier"}
    assert "<svg" in html
    assert "art. L1" in text
    assert words[state] in text


def test_a_clause_is_feminine() -> None:
    html = macro("marks", "lever('clause', 'envisaged', 'Clause d’insertion', None)")
    assert "Clause d’insertion envisagée" in html


@pytest.mark.parametrize(
    ("code", "words"), [("firm", "ferme"), ("probable", "probable"), ("to_confirm", "à confirmer")]
)
def test_confidence_is_written(code: str, words: str) -> None:
    assert words in ensure_sound(macro("marks", f"confidence('{code}')")).text


def test_each_step_of_a_thread_says_where_it_stands() -> None:
    steps = [{"what": "Publié", "when": None, "who": None, "state": state} for state in ("done", "now", "next")]
    html = macro("thread", "thread(steps)", steps=steps)
    text = ensure_sound(html).text
    assert all(words in text for words in ("(fait)", "(en cours)", "(à venir)"))
    assert html.count('aria-current="step"') == 1


def test_a_timeline_has_as_many_signs_as_lots_up_to_seven_a_cell() -> None:
    html = timeline([CELL, EMPTY])
    ensure_sound(html)
    wide, narrow = html.split("chart-narrow")
    assert wide.count("<use ") == sum(CELL.values())
    assert narrow.count("<use ") == sum(CELL.values())


def test_a_timeline_counts_beyond_what_a_cell_can_hold() -> None:
    html = timeline([FULL])
    ensure_sound(html)
    assert html.count("<use ") == 2 * len(FULL)
    assert all(f">{count}</text>" in html for count in FULL.values())


def test_a_timeline_is_described_and_gives_its_data() -> None:
    html = timeline([CELL, EMPTY])
    page = ensure_sound(html)
    assert html.count('role="img"') == page.tags["title"] == page.tags["desc"] == 2
    assert page.tags["caption"] == 1
    assert "2\u00a0réservés, 1\u00a0clause, 1\u00a0autre" in html
    assert 'href="?t=1"' in html


@pytest.mark.parametrize("compact", [False, True])
def test_a_row_of_lots_keeps_its_table_when_folded(compact: bool) -> None:
    html = macro("lot_row", "lot_table([lot], 'Lots', compact)", lot=LOT, compact=compact)
    page = ensure_sound(html)
    assert page.tags["th"] == (3 if compact else 4)
    assert html.count('role="cell"') == page.tags["td"] == page.tags["th"]
    assert "sans heures" in page.text
    assert "Pour vous" in page.text


def test_a_lot_without_lever_says_so() -> None:
    html = macro("lot_row", "lot_table([lot], 'Lots')", lot={**LOT, "levers": [], "for_you": None})
    assert "Levier à l’étude" in html
    assert "Pour vous" not in html


def test_a_facet_folds_the_rest_but_never_what_is_ticked() -> None:
    options = [{"value": str(n), "label": f"Commune {n}", "count": n} for n in range(12)]
    html = macro("facets", "facet('Commune', 'commune', options, ['11'], shown=3)", options=options)
    ensure_sound(html)
    before, folded = html.split("<details>")
    assert before.count("<input") == 4
    assert 'value="11" checked' in before
    assert folded.count("<input") == 8


def test_filters_that_are_on_can_be_taken_off() -> None:
    html = macro("facets", "active_filters([('Propreté', '/programmation?p=1')], '/programmation')")
    assert "retirer ce filtre" in ensure_sound(html).text
    assert macro("facets", "active_filters([], '/')").strip() == ""


@pytest.mark.parametrize(
    ("current", "last", "pages"), [(1, 1, []), (1, 3, [2, 3]), (3, 7, [1, 2, 4, 7]), (7, 7, [1, 6])]
)
def test_pages_lead_near_and_to_both_ends(current: int, last: int, pages: list[int]) -> None:
    html = macro("pagination", f"pagination({current}, {last}, url_of)", url_of=lambda n: f"?page={n}")
    ensure_sound(html)
    assert [n for n in range(1, last + 1) if f'aria-label="Page {n}"' in html] == pages


def test_a_bar_tells_what_is_done_wanted_and_missing() -> None:
    call = "bar('b', 'Capacité', 7, 12, '7 h offertes', '12 h souhaitées', missing_words='il manque 5 h')"
    html = macro("bar", call)
    assert 'width="58.33%"' in html
    assert all(words in ensure_sound(html).text for words in ("7 h offertes", "12 h souhaitées", "il manque 5 h"))


def test_a_bar_never_leaves_its_frame() -> None:
    html = macro("bar", "bar('b', 'Heures', 15, 12, 'a', 'b', pending=1, expected=40, expected_words='attendu')")
    shares = [float(piece.partition('%"')[0]) for piece in html.split('="')[1:] if "%" in piece.partition('"')[0]]
    assert max(shares) <= 100


def test_history_shows_before_after_and_why_in_words() -> None:
    items = [{"date": "mardi", "what": "Consultation", "before": "T1", "after": "T2", "reason": "Retard", "who": None}]
    text = ensure_sound(macro("history", "history(items)", items=items)).text
    assert all(words in text for words in ("avant", "T1", "maintenant", "T2", "Retard"))


def test_a_table_folds_with_its_labels() -> None:
    html = macro(
        "table",
        "data_table('Parts', [('Structure', false), ('Part', true)], [['Ateliers', '40 %']], ['Ensemble', '100 %'])",
    )
    ensure_sound(html)
    assert html.count('data-label="Part"') == 2
    assert html.count('scope="row"') == 2


def test_small_pieces_are_sound() -> None:
    ensure_sound(macro("facts", "facts([('Durée', '24 mois', 'puis douze'), ('Avance', '30 %', None)])"))
    ensure_sound(macro("facts", "figures([('435 643', 'h', 'heures')])"))
    ensure_sound(macro("empty", "empty('Aucun lot', 'Cherchez.', 'Chercher', '/')"))
    ensure_sound(macro("bar", "measure('m', 'Lots', '58', 0.9, 1, 'pas atteint', 'due', 'objectif 60', false)"))
    ensure_sound(macro("toolbar", "exports([{'label': 'CSV', 'url': '/x', 'icon': None}])"))
    ensure_sound(macro("marks", "message('Rien n’est envoyé.', 'due', title='Brouillon.')"))
    ensure_sound(called("action_box", "action_box('Sceller', lead='Deux minutes.')", "<p>Corps</p>"))
    ensure_sound(called("action_box", "confirmation('Retirer', 'Retirer ?', 'Cela se voit.')", "<p>Corps</p>"))


def test_an_impossible_act_says_what_is_missing() -> None:
    html = macro("action_box", "locked('Sceller', 'Il manque 3 points.')")
    assert "disabled" in html
    assert "Il manque 3 points." in ensure_sound(html).text
