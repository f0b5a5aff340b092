import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from portal.storage import search
from tests.storage.trial import SEARCH

SAFE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = {
    1: "Nettoyer l’école Jean-Jaurès et ses abords",
    2: "Mise en œuvre d’un chantier d’insertion",
    3: "Collecte des déchets recyclables, collectivités voisines",
    4: "Élagage des arbres d’alignement à Nancy",
    5: "Entretien du village vacances : gardiennage, 12 000 heures, lot 7",
    6: "Fourniture de repas aux crèches « Les Petits Pas »",
}

Find = Callable[..., set[int] | None]


@pytest.fixture
def find(trial: Connection, session: Session) -> Find:
    SEARCH.index_many(session, TEXTS)

    def ids(query: str, *, prefix: bool = False) -> set[int] | None:
        matching = SEARCH.ids_matching(query, prefix=prefix)
        return None if matching is None else set(session.scalars(matching))

    return ids


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("école", {1}),
        ("ecole", {1}),
        ("ÉCOLES", {1}),
        ("nettoyage des écoles", {1}),
        ("les écoles à nettoyer", {1}),
        ("oeuvre", {2}),
        ("œuvres", {2}),
        ("chantiers", {2}),
        ("elagage", {4}),
        ("gardiennages", {5}),
        ("gardienner", {5}),
        ("12 heures", {5}),
        ("creche", {6}),
        ("crèche repas", {6}),
        ("écoles crèches", set()),
        ("ville", set()),
        ("plomberie", set()),
        ("l'", None),
        ("de la", None),
        ("", None),
        ("«…»", None),
    ],
)
def test_words_are_found_in_all_their_forms(find: Find, query: str, found: set[int] | None) -> None:
    assert find(query) == found


@pytest.mark.parametrize(
    ("begun", "found"),
    [
        ("col", {3}),
        ("collectiv", {3}),
        ("collectivités", {3}),
        ("COLLECTIVITÉ", {3}),
        ("collecter", {3}),
        ("no", set()),
        ("na", {4}),
        ("insertion chant", {2}),
        ("chantier inser", {2}),
        ("œuv", {2}),
        ("ollect", set()),
        ("col nancy", set()),
        ("de", None),
    ],
)
def test_the_last_word_may_be_only_begun(find: Find, begun: str, found: set[int] | None) -> None:
    assert find(begun, prefix=True) == found


HOSTILE = [
    '"',
    "'",
    "'; DROP TABLE trial_search; --",
    "école AND",
    "NOT école OR NEAR(",
    "école*",
    "*",
    "((école",
    "words:école",
    "-école",
    "école & ! | <-> :*",
    "a\x00b",
    "\x00",
    "\ud800",
    "%s %(a)s :x {y}",
    "x" * 100_000,
    "école " * 50_000,
    " ".join(f"mot{i}" for i in range(20_000)),
    "١٢ école Ⅻ ﬁn ß İ",
]


@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_words_and_never_syntax(find: Find, query: str, prefix: bool) -> None:
    find(query, prefix=prefix)
    assert find("école") == {1}


@SAFE
@given(st.text(st.one_of(st.characters(), st.sampled_from("\"'*()&|!:<>-_^~\\ éœ’"))), st.booleans())
def test_any_text_can_be_indexed_and_asked(trial: Connection, session: Session, text: str, prefix: bool) -> None:
    SEARCH.index(session, 1, text)
    matching = SEARCH.ids_matching(text, prefix=prefix)

    assert matching is None or len(search.words_of(text)) > 20 or list(session.scalars(matching)) == [1]


words = st.text(string.ascii_lowercase + string.digits + "éèçœ", min_size=1, max_size=9)


@SAFE
@given(st.lists(words, min_size=1, max_size=8), words, st.booleans())
def test_both_databases_find_what_the_terms_say(
    trial: Connection, session: Session, text: list[str], asked: str, prefix: bool
) -> None:
    """One reference for both: they cannot differ from each other without one of them differing from it."""
    SEARCH.index(session, 1, " ".join(text))
    matching = SEARCH.ids_matching(asked, prefix=prefix)
    if matching is None:
        return

    asked_word = search.words_of(asked)[0]
    terms = set(search.analysed(" ".join(text)).split())
    stem = search.analysed(asked).split()[0]
    begun = prefix and any(term.startswith(f"_{asked_word}") for term in terms)
    assert bool(session.scalars(matching).all()) == (stem in terms or begun)


def test_indexing_again_replaces_and_removing_forgets(find: Find, session: Session) -> None:
    SEARCH.index(session, 1, "Peinture")
    SEARCH.remove(session, 2)

    assert find("école") == set()
    assert find("peintures") == {1}
    assert find("chantier") == set()


def test_indexing_nothing_does_nothing(find: Find, session: Session) -> None:
    SEARCH.index_many(session, {})

    assert find("école") == {1}


def test_threads_do_not_disturb_each_other_s_stems() -> None:
    vocabulary = [f"{stem}{end}" for stem in ("nettoy", "collect", "jardin") for end in ("er", "ions", "ement", "ant")]
    alone = {word: search.analysed(word) for word in vocabulary}
    search._stem.cache_clear()

    def stems(_: int) -> dict[str, str]:
        return {word: search._stem.__wrapped__(word) + f" _{word}" for word in vocabulary * 50}

    with ThreadPoolExecutor(8) as pool:
        assert all(found == alone for found in pool.map(stems, range(16)))
