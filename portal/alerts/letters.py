"""What one message says, ready for its templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.alerts.telling import Piece
from portal.forecast.listing.rows import ListedLot
from portal.kernel.french import NARROW, plural

_LONGEST = 160


@dataclass(frozen=True)
class ChangeLine:
    """One fact: what it is now, what it was."""

    label: str
    before: str | None
    after: str | None
    lot: str | None
    """Which lot, when the project has several."""

    @property
    def words(self) -> str:
        """« Consultation : 3ᵉ trimestre 2027 au lieu de 1ᵉʳ trimestre 2027 »."""
        what = f"{self.lot}, {self.label[:1].lower()}{self.label[1:]}" if self.lot else self.label
        if self.after and self.before:
            return f"{what}{NARROW}: {_short(self.after)} au lieu de {_short(self.before)}"
        if self.after:
            return f"{what}{NARROW}: {_short(self.after)}"
        return f"{what}{NARROW}: retiré (avant{NARROW}: {_short(self.before)})" if self.before else what


@dataclass(frozen=True)
class Act:
    """What the buyer changed at once, and why."""

    on: date
    lines: Sequence[ChangeLine]
    reason: str | None


@dataclass(frozen=True)
class ProjectNews:
    """A project followed, and all that is new of it."""

    title: str
    number: str
    buyer: str
    path: str
    acts: Sequence[Act]
    pieces: Sequence[Piece]

    @property
    def is_one_line(self) -> bool:
        return not self.pieces and len(self.acts) == 1 and len(self.acts[0].lines) == 1


@dataclass(frozen=True)
class SearchNews:
    """A saved search, and the lots that entered it: those shown, and how many others."""

    name: str
    path: str
    lots: Sequence[ListedLot]
    others: int

    @property
    def total(self) -> int:
        return len(self.lots) + self.others


@dataclass(frozen=True)
class StopLink:
    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """All that one message says, and how each of its types is stopped."""

    organisation: str
    searches: Sequence[SearchNews]
    projects: Sequence[ProjectNews]
    pieces: Sequence[Piece]
    """What concerns no project in particular."""
    stops: Sequence[StopLink]

    @property
    def lots(self) -> int:
        return sum(search.total for search in self.searches)

    @property
    def is_empty(self) -> bool:
        return not (self.searches or self.projects or self.pieces)

    @property
    def subject(self) -> str:
        """One line, whatever was typed in a title."""
        return " ".join(self._subject.split())[:_LONGEST]

    @property
    def _subject(self) -> str:
        parts = [*self.searches, *self.projects, *self.pieces]
        match parts:
            case [SearchNews() as only]:
                return f"{plural(only.total, 'lot')} pour «{NARROW}{only.name}{NARROW}»"
            case [ProjectNews() as only]:
                return f"{only.title}{NARROW}: {_gist(only)}"
            case [Piece() as only]:
                return only.sentence
        return f"Programmation{NARROW}: {', '.join(self._counts)}"

    @property
    def first(self) -> str:
        """The first line: what changed, whole when it is one thing."""
        match [*self.searches, *self.projects, *self.pieces]:
            case [ProjectNews(is_one_line=True) as only]:
                return f"{only.title}{NARROW}: {only.acts[0].lines[0].words}."
            case [ProjectNews() as only]:
                return f"{only.title}{NARROW}: {_gist(only)}."
            case [SearchNews() as only]:
                answering = plural(only.total, "lot nouveau ou modifié répond", "lots nouveaux ou modifiés répondent")
                return f"{answering} à votre recherche «{NARROW}{only.name}{NARROW}»."
            case [Piece() as only]:
                return only.sentence
        return f"Du nouveau dans la programmation{NARROW}: {', '.join(self._counts)}."

    @property
    def _counts(self) -> list[str]:
        counted = (
            (self.lots, "lot pour vos recherches", "lots pour vos recherches"),
            (len(self.projects), "projet suivi", "projets suivis"),
            (len(self.pieces), "rencontre", "rencontres"),
        )
        return [plural(count, *words) for count, *words in counted if count]


def _gist(news: ProjectNews) -> str:
    """« consultation, communes », « une réponse de l’acheteur »."""
    labels = list(dict.fromkeys(line.label for act in news.acts for line in act.lines))
    if not labels:
        return news.pieces[0].sentence if len(news.pieces) == 1 else plural(len(news.pieces), "nouvelle")
    if len(labels) == 1 and not news.pieces:
        return f"{labels[0][:1].lower()}{labels[0][1:]}"
    return "ce qui a changé"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1].rstrip()}…"
