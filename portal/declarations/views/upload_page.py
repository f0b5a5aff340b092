"""What the pages of a file show: the month it fills, what was read of it, what it would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from portal.declarations import wording
from portal.declarations.models import Declaration, Line, Upload
from portal.declarations.queries.uploads import Filling, filling_of, upload_of
from portal.declarations.services.examining import Examination, Examined, examine
from portal.declarations.services.uploads import rows_of
from portal.declarations.sheets.reading import mark_of
from portal.declarations.sheets.rows import Fault, ReadRow
from portal.declarations.sheets.template import Identified, SheetLine
from portal.declarations.views.blueprint import address_of
from portal.kernel.actor import Actor
from portal.kernel.french import format_instant, typo
from portal.kernel.text import slug


@dataclass(frozen=True)
class FillingPage:
    """The month that a file fills, for who fills it."""

    filling: Filling

    @classmethod
    def read(cls, session: Session, actor: Actor, reference: str) -> "FillingPage":
        """Raises NotFound, or Refused to who only reads it."""
        return cls(filling_of(session, actor, reference))

    @property
    def declaration(self) -> Declaration:
        return self.filling.declaration

    @property
    def home(self) -> str:
        """The page of the month, or of the employer’s part."""
        return address_of(self.declaration, "part" if self.filling.part else "show")

    @property
    def month_words(self) -> str:
        return wording.of_month(self.declaration.month)

    @property
    def overline(self) -> str:
        return f"Marché {self.declaration.contract.number} · {self.declaration.contract.object}"

    def trail(self, *last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        month = typo(self.declaration.month.label.capitalize())
        return [("Mes déclarations", url_for("declarations.index")), (month, self.home), *last]

    @property
    def file_name(self) -> str:
        """« 2026-11-2025-118 »: nobody’s name."""
        return f"{self.declaration.month}-{slug(self.declaration.contract.number)}"

    def identified(self, now: datetime) -> Identified:
        declaration = self.declaration
        title = f"{declaration.month.label.capitalize()} · marché {declaration.contract.number}"
        return Identified(
            mark=mark_of(declaration.reference, self.filling.organisation.siret),
            title=f"{title} · {declaration.contract.object}"[:200],
            written_at=now,
        )

    @property
    def known_lines(self) -> list[SheetLine]:
        lines = sorted(self.filling.lines, key=lambda line: line.participant.matricule or "")
        return [_known(line) for line in lines]


def _known(line: Line) -> SheetLine:
    """Hours that are not typed yet are left blank, not nought."""
    return SheetLine(
        {
            "matricule": line.participant.matricule,
            "contract_type": line.contract_type,
            "has_tutor": line.has_tutor,
            "entered_on": line.entered_on,
            "hours": line.hours or None,
            "training_hours": line.training_hours or None,
            "exit_on": line.exit_on,
            "exit_kind": line.exit_kind,
        }
    )


@dataclass(frozen=True)
class AnswerPage(FillingPage):
    """What was read of a file, and what it would change in the draft as it stands now."""

    upload: Upload
    rows: Sequence[ReadRow]
    examination: Examination | None
    """None once it was answered."""
    shown: int = 50
    """Of each list; the file of rows to mend holds all of them."""

    @classmethod
    def of(cls, session: Session, actor: Actor, reference: str, public_id: str, now: datetime) -> "AnswerPage":
        filling = filling_of(session, actor, reference)
        upload = upload_of(session, actor, filling, public_id, now)
        rows = rows_of(upload)
        is_answered = upload.kept_at is not None
        return cls(filling, upload, rows, None if is_answered else examine(session, filling, rows))

    @property
    def is_answered(self) -> bool:
        return self.examination is None

    @property
    def waits_until(self) -> str:
        return format_instant(self.upload.expires_at)

    @property
    def faulty(self) -> Sequence[tuple[ReadRow, Sequence[Fault]]]:
        """Each row to mend, with what is wrong."""
        if self.examination is None:
            return [(row, row.faults) for row in self.rows]
        return [(each.row, each.faults) for each in self.examination.faulty]

    @property
    def told_changes(self) -> list[tuple[str, str, Decimal | None, Decimal]]:
        """Matricule, what happens, hours before and after: those who come first, then those who change."""
        if self.examination is None:
            return []
        added = [_told(each, "ajoutée", None) for each in self.examination.new]
        changed = [_told(each, _changed_words(each), each.hours_before) for each in self.examination.changed]
        return [*added, *changed]

    @property
    def hours_after(self) -> Decimal:
        """What the lines of the draft would add up to."""
        examined = self.examination.valid if self.examination else ()
        told = sum((each.told["hours"] - each.hours_before for each in examined), Decimal(0))
        return self.hours_before + told

    @property
    def hours_before(self) -> Decimal:
        return sum((line.hours for line in self.filling.lines), Decimal(0))

    @property
    def lines_to_mend(self) -> list[SheetLine]:
        return [_to_mend(row, faults) for row, faults in self.faulty]


def _told(each: Examined, words: str, before: Decimal | None) -> tuple[str, str, Decimal | None, Decimal]:
    return each.row.matricule or "", words, before, each.told["hours"]


def _changed_words(each: Examined) -> str:
    assert each.line is not None  # noqa: S101 — what changes has a line
    changed = [words for key, words in _CHANGES.items() if getattr(each.line, key) != each.told[key]]
    return ", ".join(dict.fromkeys(changed))


_CHANGES: Mapping[str, str] = {
    "hours": "heures",
    "training_hours": "formation",
    "contract_type": "contrat",
    "has_tutor": "tuteur",
    "exit_on": "sortie",
    "exit_kind": "sortie",
}
_HANDED_BACK = (
    "matricule",
    "contract_type",
    "has_tutor",
    "entered_on",
    "hours",
    "training_hours",
    "exit_on",
    "exit_kind",
    "sex",
    "hiring_mode",
    "education",
)


def _to_mend(row: ReadRow, faults: Sequence[Fault]) -> SheetLine:
    values: dict[str, Any] = {key: getattr(row, key) for key in _HANDED_BACK}
    words = " ".join(fault.in_words for fault in faults)
    return SheetLine(values, is_known=False, line_of_file=row.line, to_mend=words)
