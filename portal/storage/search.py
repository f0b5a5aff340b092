"""Search by words, with the same results on both databases.

A text is kept as two sorts of terms, which SQLite's FTS5 and a PostgreSQL `tsvector` take as they are: the stem of
each word that carries meaning, to find it in another form, and `_` with the folded word, to find it by its beginning.
Folding (no accents, œ → oe) and stemming are done here: neither database's own analysis takes part.
"""

import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Dialect, Select, String, column, literal, select, table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from portal.kernel.text import fold
from portal.storage.base import declare_ddl

_COMMON_WORDS = frozenset(
    (  # noqa: SIM905 — a text reads better than a hundred quoted words
        "a au aux avec ce ces d dans de des du elle en et eux il je l la le les leur lui ma mais me meme mes mon n ne "
        "nos notre nous on ou par pas pour qu que qui s sa se ses son sur ta te tes toi ton tu un une vos votre vous y "
        "ceci cela cet cette chaque elles ils leurs quel quelle quelles quels "
        "etaient etait etant etes furent sera seraient serait seront soient soit sont "
        "aient ait auraient aurait auront avaient avait avez avons ayant ont"
    ).split()
)
"""Those of the usual French lists, « chaque » added, but for what names something in a purchase: « été », « est »,
« AI » (association intermédiaire), « AURA », « Eu », « AS », « fût », « étais », « avions », « sommes »."""
_WORD = re.compile(r"[a-z0-9]+")
_LONGEST_WORD = 60
_MOST_WORDS_ASKED = 20
_ACTIVITY = re.compile(r"([a-z]{5,})ages?")
"""« nettoyage », « ramassages »: what is done, from « nettoyer », « ramasser »; shorter words (village) rarely are."""

_of_thread = threading.local()


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    activity = _ACTIVITY.fullmatch(word)
    return str(_stemmer().stemWord(f"{activity[1]}er" if activity else word))


def _stemmed(word: str) -> str:
    """Numbers, which files hold by the hundred thousand, have no ending: they need no place among the words."""
    return word if word[-1].isdigit() else _stem(word)


def _stemmer() -> Any:
    """A stemmer holds the word it works on, so that threads cannot share one."""
    if not hasattr(_of_thread, "stemmer"):
        _of_thread.stemmer = _french()()
    return _of_thread.stemmer


@cache
def _french() -> Any:
    """Of snowballstemmer, French alone: the package itself loads thirty languages, three megabytes for each worker."""
    spec = importlib.util.find_spec("snowballstemmer")
    assert spec is not None  # noqa: S101 — a requirement
    sys.modules.setdefault("snowballstemmer", importlib.util.module_from_spec(spec))
    return importlib.import_module("snowballstemmer.french_stemmer").FrenchStemmer


def words_of(text_: str) -> list[str]:
    """The folded words of a text that carry meaning, each once, in order."""
    words = (word[:_LONGEST_WORD] for word in _WORD.findall(fold(text_)) if word not in _COMMON_WORDS)
    return list(dict.fromkeys(words))


def analysed(text_: str, *, prefixes: bool = True) -> str:
    """What is stored for a text: its terms, separated by spaces. Whole words too when beginnings are to be found."""
    words = words_of(text_)
    whole = [f"_{word}" for word in words] if prefixes else []
    return " ".join([*dict.fromkeys(_stemmed(word) for word in words), *whole])


class _Wanted(NamedTuple):
    stems: tuple[str, ...]
    begun: str | None


class _WantedType(TypeDecorator[_Wanted]):
    """Renders a query in the language of the database at hand. Stems and words hold only letters and digits."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: _Wanted | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        postgresql = dialect.name == "postgresql"
        terms = [f"'{stem}'" if postgresql else f'"{stem}"' for stem in value.stems]
        if value.begun:
            stem = _stemmed(value.begun)
            terms.append(f"('{stem}' | '_{value.begun}':*)" if postgresql else f'("{stem}" OR "_{value.begun}"*)')
        return (" & " if postgresql else " AND ").join(terms)


def words_wanted(query: str, *, prefix: bool = False) -> BindParameter[Any] | None:
    """The words of a query as the parameter of `matching`, or None when it holds none that carries meaning."""
    words = words_of(query)[:_MOST_WORDS_ASKED]
    if not words:
        return None
    begun = words.pop() if prefix else None
    return literal(_Wanted(tuple(_stemmed(word) for word in words), begun), _WantedType())


class matching(FunctionElement[bool]):  # noqa: N801 — an SQL function
    """Whether a column of words holds those wanted."""

    # Its type is left open: SQLite would be asked for `words MATCH … = 1`, which it refuses for a Boolean.
    inherit_cache = True


@compiles(matching, "sqlite")
def _fts5_match(element: matching, compiler: SQLCompiler, **kwargs: Any) -> str:
    words, wanted = element.clauses
    return f"{compiler.process(words, **kwargs)} MATCH {compiler.process(wanted, **kwargs)}"


@compiles(matching, "postgresql")
def _tsquery_match(element: matching, compiler: SQLCompiler, **kwargs: Any) -> str:
    words, wanted = element.clauses
    return f"{compiler.process(words, **kwargs)} @@ CAST({compiler.process(wanted, **kwargs)} AS tsquery)"


def search_table_ddl(name: str, dialect: str) -> list[str]:
    """The statements that make a search table; migrations run them, models declare them."""
    if dialect == "sqlite":
        return [f"""CREATE VIRTUAL TABLE {name} USING fts5(id UNINDEXED, words, tokenize="unicode61 tokenchars '_'")"""]
    return [
        f"CREATE TABLE {name} (id BIGINT CONSTRAINT pk_{name} PRIMARY KEY, words TSVECTOR NOT NULL)",
        f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)",
    ]


class SearchTable:
    """The searchable words of one kind of object, by the object's id. Declared beside the model."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._table = table(name, column("id", BigInteger), column("words"))
        declare_ddl(sqlite=search_table_ddl(name, "sqlite"), postgresql=search_table_ddl(name, "postgresql"))

    def index(self, session: Session, id_: int, text_: str) -> None:
        """Replace what is searchable of object `id_`."""
        self.index_many(session, {id_: text_})

    def index_many(self, session: Session, texts: Mapping[int, str]) -> None:
        """Replace what is searchable of several objects, in one or two round trips."""
        if not texts:
            return
        if session.get_bind().dialect.name == "sqlite":
            self._remove_many(session, list(texts))
            statement = f"INSERT INTO {self.name} (rowid, id, words) VALUES (:id, :id, :words)"  # noqa: S608
        else:
            statement = (
                f"INSERT INTO {self.name} (id, words) VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))"  # noqa: S608
                " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
            )
        rows = [{"id": id_, "words": analysed(text_)} for id_, text_ in texts.items()]
        session.execute(text(statement), rows)

    def remove(self, session: Session, id_: int) -> None:
        self._remove_many(session, [id_])

    def _remove_many(self, session: Session, ids: Sequence[int]) -> None:
        key = "rowid" if session.get_bind().dialect.name == "sqlite" else "id"
        session.execute(text(f"DELETE FROM {self.name} WHERE {key} = :id"), [{"id": id_} for id_ in ids])  # noqa: S608

    def ids_matching(self, query: str, *, prefix: bool = False) -> Select[int] | None:
        """A SELECT of the ids that hold every word of `query`, or None when it holds no word that carries meaning.

        With `prefix`, the last word may be the beginning of one (search as you type, names). Words beyond the
        twentieth are not looked at.
        """
        wanted = words_wanted(query, prefix=prefix)
        return None if wanted is None else select(self._table.c.id).where(matching(self._table.c.words, wanted))


__all__ = ["SearchTable", "analysed", "matching", "search_table_ddl", "words_of", "words_wanted"]
