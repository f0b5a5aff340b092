"""What one message says, ready for its templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.alerts.telling import Piece
from portal.forecast.listing.rows import ListedLot
from portal.kernel.french import NARROW, plural

_LONGEST, _NAMED = 160, 3


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
        what = f"{self.lot}, {_lowered(self.label)}" if self.lot else self.label
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
    def gist(self) -> str:
        """« consultation, visite » for a subject; the sentence of the only answer or meeting."""
        labels = list(dict.fromkeys(_lowered(line.label) for act in self.acts for line in act.lines))
        if not labels:
            return self._sentences[0] if len(self.pieces) == 1 else plural(len(self.pieces), "nouvelle")
        return ", ".join(labels[:_NAMED]) + ("…" if len(labels) > _NAMED or self.pieces else "")

    @property
    def first(self) -> str:
        """The first thing that is new, whole, and how many others follow."""
        told = self._sentences
        others = len(told) - 1
        return told[0] + (f", et {plural(others, 'autre nouvelle', 'autres nouvelles')}" if others else "")

    @property
    def _sentences(self) -> list[str]:
        lines = [line.words for act in self.acts for line in act.lines]
        return [*lines, *(piece.sentence.rstrip(".") for piece in self.pieces)]


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
    def why(self) -> str:
        """What the person once asked for, that brings the message."""
        projects = "vous suivez ce projet" if len(self.projects) == 1 else "vous suivez des projets"
        searches = f"vous avez enregistré {'cette recherche' if len(self.searches) == 1 else 'ces recherches'}"
        asked = [projects] if self.projects or self.pieces else []
        return " et ".join([*asked, searches] if self.searches else asked)

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
                return f"{only.title}{NARROW}: {only.gist}"
            case [Piece() as only]:
                return only.sentence
        return f"Programmation{NARROW}: {', '.join(self._counts)}"

    @property
    def first(self) -> str:
        """The first line: what changed, whole when it is one thing."""
        match [*self.searches, *self.projects, *self.pieces]:
            case [ProjectNews() as only]:
                return f"{only.title}. {only.first[:1].upper()}{only.first[1:]}."
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


def _lowered(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1].rstrip()}…"
