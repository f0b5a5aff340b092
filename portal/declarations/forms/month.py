"""The working month: a few fields for each line, named after its id."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flask_wtf.form import _Auto
from wtforms import Field
from wtforms.validators import Length

from portal.declarations.facts import LineFacts
from portal.declarations.forms.fields import Described, LineDayField, LineHoursField
from portal.declarations.models import Declaration, Line
from portal.directory.forms import WordsField
from portal.vocabulary import ExitKind
from portal.web import VersionedForm
from portal.web.fields import pick_field
from portal.web.kept_forms import Fields

NO_NAME = "Pas de nom ici : un matricule suffit. Rien sur la santé, ni sur la justice."
_OF_A_LINE = ("hours", "training_hours", "exit_on", "exit_kind")


class MonthForm(Described, VersionedForm):
    """The fields of the lines that the page showed; see `month_form`."""

    line_ids: ClassVar[tuple[int, ...]] = ()
    then: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""
    comment = WordsField(
        "Un mot pour le facilitateur",
        [Length(max=2000, message="Restez en dessous de 2 000 caractères.")],
        description=NO_NAME,
    )

    def __init__(self, formdata: Any = _Auto, obj: Declaration | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **(_as_saved(obj.lines) if obj else {}), **kwargs)
        self.known_ids = {line.id for line in obj.lines} if obj else set()

    def of_line(self, line_id: int) -> dict[str, Field]:
        """The fields of one line, by what they say."""
        return {name: self[f"{name}_{line_id}"] for name in _OF_A_LINE}

    def problems_of(self, line_id: int) -> list[str]:
        return [str(problem) for field in self.of_line(line_id).values() for problem in field.errors]

    @property
    def faulty_lines(self) -> list[int]:
        return [line_id for line_id in self.line_ids if self.problems_of(line_id)]

    @property
    def rows(self) -> tuple[LineFacts, ...]:
        return tuple(self._facts_of(line_id) for line_id in self.line_ids)

    def merged_onto(self, current: VersionedForm) -> Fields:
        """Without the lines that somebody has removed meanwhile."""
        assert isinstance(current, MonthForm)  # noqa: S101 — narrows the type
        gone = {f"{name}_{line_id}" for line_id in self.line_ids for name in _OF_A_LINE} - _names(current.known_ids)
        return [(name, value) for name, value in super().merged_onto(current) if name not in gone]

    def _facts_of(self, line_id: int) -> LineFacts:
        fields = self.of_line(line_id)
        return LineFacts(
            line_id=line_id,
            hours=fields["hours"].data or Decimal(0),
            training_hours=fields["training_hours"].data or Decimal(0),
            exit_on=fields["exit_on"].data,
            exit_kind=fields["exit_kind"].data,
        )


def month_form(lines: Sequence[Line]) -> type[MonthForm]:
    """The form of a month with these lines; labels say whose hours they are."""
    fields: dict[str, Any] = {"line_ids": tuple(line.id for line in lines)}
    for line in lines:
        fields |= _fields_of(line)
    return type("KnownLinesForm", (MonthForm,), fields)


def _fields_of(line: Line) -> dict[str, Any]:
    matricule = line.participant.matricule
    return {
        f"hours_{line.id}": LineHoursField(f"{matricule}, heures"),
        f"training_hours_{line.id}": LineHoursField(f"{matricule}, dont formation"),
        f"exit_on_{line.id}": LineDayField(f"{matricule}, sortie le"),
        f"exit_kind_{line.id}": pick_field(f"{matricule}, motif de sortie", ExitKind, blank="Motif de sortie…"),
    }


def _as_saved(lines: Iterable[Line]) -> dict[str, Any]:
    """What the fields of these lines hold when the page opens; no training is left blank."""
    saved: dict[str, Any] = {}
    for line in lines:
        saved |= {
            f"hours_{line.id}": line.hours,
            f"training_hours_{line.id}": line.training_hours or None,
            f"exit_on_{line.id}": line.exit_on,
            f"exit_kind_{line.id}": line.exit_kind,
        }
    return saved


def _names(line_ids: Iterable[int]) -> set[str]:
    return {f"{name}_{line_id}" for line_id in line_ids for name in _OF_A_LINE}
