"""What the pages of a programme show: its columns, then what it would change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from flask import url_for
from sqlalchemy.orm import Session

from portal.forecast.models import Project
from portal.forecast.wording import Change
from portal.kernel.actor import Actor
from portal.kernel.french import format_instant, plural, typo
from portal.programmes import queries
from portal.programmes.examining import Examination, Examined, Kind
from portal.programmes.models import ProgrammeFile
from portal.programmes.reading import Sheet
from portal.programmes.services import examination_of
from portal.vocabulary import ProgrammeField, ProjectState


@dataclass(frozen=True)
class ColumnsPage:
    """The columns of a file, and what the buyer said of such headings before."""

    file: ProgrammeFile
    sheet: Sheet
    remembered: Mapping[str, ProgrammeField]

    @classmethod
    def read(cls, session: Session, actor: Actor, public_id: str, now: datetime) -> Self:
        file = queries.file_of(session, actor, public_id, now)
        return cls(file, Sheet.unpacked(file.content), queries.remembered(session, file.buyer_id))

    @property
    def is_answered(self) -> bool:
        return self.file.taken_at is not None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The name of each column's choice, and its first values."""
        return [
            (f"column_{place}", " · ".join(_short(value) for value in self.sheet.samples(place)) or "vide")
            for place, _ in enumerate(self.sheet.headings)
        ]


def _short(value: str, most: int = 60) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@dataclass(frozen=True)
class AnswerPage:
    """What a file would do to the forecast as it stands now."""

    file: ProgrammeFile
    sheet: Sheet
    examination: Examination
    shown: int = 50
    """Of each list."""

    @classmethod
    def read(cls, session: Session, actor: Actor, public_id: str, now: datetime) -> Self | None:
        file = queries.file_of(session, actor, public_id, now)
        sheet = Sheet.unpacked(file.content)
        return cls(file, sheet, examination_of(session, file, now)) if sheet.fields else None

    @property
    def is_answered(self) -> bool:
        return self.file.taken_at is not None

    @property
    def waits_until(self) -> str:
        return format_instant(self.file.expires_at)

    @property
    def counts(self) -> list[tuple[str, str, str | None]]:
        """« 12 nouveaux, 3 changés, 40 inchangés, 2 en erreur »."""
        told = [(label, len(self.examination.of(kind)), note) for kind, label, note in _COUNTS]
        return [
            (label, f"{count}", note if count else None) for label, count, note in told if count or label in _ALWAYS
        ]

    @property
    def lists(self) -> list[dict[str, Any]]:
        """What each project would become, under what happens to it."""
        lists = []
        for kind, title, note in _LISTS:
            projects = self.examination.of(kind)
            if projects:
                rows = [_row(each) for each in projects[: self.shown]]
                lists.append({"kind": kind.value, "title": title, "note": note, "rows": rows, "total": len(projects)})
        return lists

    @property
    def faults(self) -> Sequence[tuple[int, str, str]]:
        return self.examination.faults

    @property
    def to_take(self) -> int:
        return len(self.examination.to_take)

    @property
    def read_words(self) -> str:
        return plural(self.examination.row_count, "ligne lue", "lignes lues")


_COUNTS = (
    (Kind.NEW, "Nouveaux", "ils deviennent des brouillons"),
    (Kind.CHANGED, "Changés", "leurs brouillons sont revus"),
    (Kind.UNCHANGED, "Inchangés", None),
    (Kind.FAULTY, "En erreur", "ils ne sont pas repris"),
    (Kind.BY_HAND, "À changer vous-même", "ils sont déjà publiés, ou en cours de contrôle"),
    (Kind.LEFT, "Laissés de côté", "leur consultation est passée"),
)
_ALWAYS = ("Nouveaux", "Changés", "Inchangés", "En erreur")
_LISTS = (
    (Kind.CHANGED, "Ce qui changerait", "Ce que le fichier dit autrement que vos brouillons."),
    (
        Kind.BY_HAND,
        "À changer vous-même",
        "Un changement public demande son motif : ouvrez la fiche, et dites-le là.",
    ),
    (Kind.NEW, "Nouveaux brouillons", None),
    (Kind.LEFT, "Laissés de côté", None),
)


def _row(each: Examined) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "title": each.title,
        "url": url_for("forecast.overview", reference=each.project.reference) if each.project else None,
        "lines": list(_lines(each)),
        "remarks": typo(each.left or " ; ".join(each.remarks)),
    }


def _lines(each: Examined) -> Iterable[dict[str, str | None]]:
    """Each difference, before and after; where it is changed by hand."""
    if each.kind is Kind.NEW:
        for plan in each.lots:
            words = (plan.facts.title, plan.facts.trade.label, plan.facts.planned.short_label)
            yield {"label": "", "words": " · ".join(filter(None, words)), "url": None}
        return
    for number, change in each.told:
        label = f"Lot {number}, {change.label.lower()}" if number else change.label
        yield {"label": label, "words": _compared(change), "url": _form_of(each.project, number, change)}


def _compared(change: Change) -> str:
    return f"{change.before or 'non précisé'} → {change.after or 'non précisé'}"


def _form_of(project: Project | None, number: int | None, change: Change) -> str | None:
    """Where a public project is changed by hand, with its reason."""
    if project is None or project.state is not ProjectState.PUBLISHED:
        return None
    if number is not None:
        return url_for("forecast.edit_lot", reference=project.reference, number=number)
    page = "forecast.add_lot" if change.field == "lot_added" else "forecast.edit"
    return url_for(page, reference=project.reference)
