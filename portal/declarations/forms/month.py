"""The working month: a few fields for each line, named after its id, and what is told of the whole."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self

from flask_wtf.form import _Auto
from wtforms import Field
from wtforms.validators import Length

from portal.contracts.models import Contract
from portal.declarations.facts import LineFacts, MonthFacts
from portal.declarations.forms.fields import (
    LineDayField,
    LineHoursField,
    LineTickField,
    LineWholeField,
    exit_field,
)
from portal.declarations.models import Declaration, Line
from portal.directory.forms import LineField, WordsField
from portal.vocabulary import ActionKind, CommitmentKind, ContractType
from portal.web import VersionedForm
from portal.web.fields import EurosField, HoursField, pick_field
from portal.web.kept_forms import Fields

NO_NAME = "Pas de nom ici : un matricule suffit. Rien sur la santé, ni sur la justice."
_OF_A_LINE = ("hours", "training_hours", "contract_type", "has_tutor", "exit_on", "exit_kind", "explanation")
_MOST_ACTIONS = 999


class LinesForm(VersionedForm):
    """The fields of the lines that the page showed; see `lines_form`."""

    line_ids: ClassVar[tuple[int, ...]] = ()
    then: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""

    def __init__(self, formdata: Any = _Auto, obj: Any = None, lines: Iterable[Line] | None = None, **kw: Any) -> None:
        """`obj`: the root whose version is edited; `lines`: as saved, those of `obj` unless told."""
        saved = list(lines if lines is not None else obj.lines if obj is not None else ())
        super().__init__(formdata, obj=obj, **_as_saved(saved), **kw)
        self.known_ids = {line.id for line in saved}

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

    def says_as(self, saved: Self) -> bool:
        """Whether saving it would change nothing."""
        return self.rows == saved.rows

    def merged_onto(self, current: VersionedForm) -> Fields:
        """Without the lines that somebody has removed meanwhile."""
        assert isinstance(current, LinesForm)  # noqa: S101 — narrows the type
        gone = {f"{name}_{line_id}" for line_id in self.line_ids for name in _OF_A_LINE} - _names(current.known_ids)
        return [(name, value) for name, value in super().merged_onto(current) if name not in gone]

    def _facts_of(self, line_id: int) -> LineFacts:
        fields = self.of_line(line_id)
        return LineFacts(
            line_id=line_id,
            hours=fields["hours"].data or Decimal(0),
            training_hours=fields["training_hours"].data or Decimal(0),
            contract_type=fields["contract_type"].data,
            has_tutor=bool(fields["has_tutor"].data),
            exit_on=fields["exit_on"].data,
            exit_kind=fields["exit_kind"].data,
            explanation=fields["explanation"].data or "",
        )


class MonthForm(LinesForm):
    """The lines, and what is told of the whole month; see `month_form`."""

    no_name: ClassVar[str] = NO_NAME
    actions: ClassVar[tuple[ActionKind, ...]] = ()
    """Those that the contract promises."""
    invoiced = EurosField(
        "Facturé à l’acheteur sur ce marché", description="Pour ce mois, hors taxes. Vide : vous ne le dites pas."
    )
    paid_to_structures = EurosField(
        "Dont payé à des structures d’insertion",
        description="Ce que vous avez payé à des EI, ETTI, AI, EA, ESAT… pour ce mois, hors taxes.",
    )
    people_progress = WordsField(
        "Comment avancent les personnes",
        [Length(max=2000, message="Restez en dessous de 2 000 caractères.")],
        description=f"Formation, permis, mission plus longue, difficulté… {NO_NAME}",
    )
    structure_progress = WordsField(
        "Et votre structure",
        [Length(max=2000, message="Restez en dessous de 2 000 caractères.")],
        description="Encadrement, recrutement, matériel, difficulté sur le chantier…",
    )
    comment = WordsField(
        "Un mot pour le facilitateur",
        [Length(max=2000, message="Restez en dessous de 2 000 caractères.")],
        description=NO_NAME,
    )
    explanation = WordsField(
        "Votre explication",
        [Length(max=2000, message="Restez en dessous de 2 000 caractères.")],
    )

    @property
    def told(self) -> MonthFacts:
        return MonthFacts(
            comment=self.comment.data or None,
            people_progress=self.people_progress.data or None,
            structure_progress=self.structure_progress.data or None,
            explanation=self.explanation.data or None,
            invoiced=self.invoiced.data,
            paid_to_structures=self.paid_to_structures.data,
            labour_hours=self["labour_hours"].data if "labour_hours" in self else None,
            actions={action: self[f"action_{action.value}"].data or 0 for action in self.actions},
        )

    def says_as(self, saved: Self) -> bool:
        return super().says_as(saved) and self.told == saved.told

    @property
    def action_fields(self) -> list[Field]:
        return [self[f"action_{action.value}"] for action in self.actions]


def lines_form(lines: Sequence[Line]) -> type[LinesForm]:
    """The form of these lines alone; labels say whose hours they are."""
    return type("KnownLinesForm", (LinesForm,), _fields_of_lines(lines))


def month_form(declaration: Declaration, lines: Sequence[Line]) -> type[MonthForm]:
    """The form of a month with these lines, and what its contract asks to tell of the whole."""
    contract = declaration.contract
    fields = _fields_of_lines(lines)
    if any(promise.kind is CommitmentKind.LABOUR_SHARE for promise in contract.commitments):
        fields["labour_hours"] = HoursField(
            "Heures de main-d’œuvre du marché",
            description="Toutes les heures travaillées ce mois-ci sur le marché, insertion comprise.",
        )
    fields["actions"] = _promised_actions(contract)
    for action in fields["actions"]:
        fields[f"action_{action.value}"] = LineWholeField(action.label, least=0, most=_MOST_ACTIONS)
    return type("KnownMonthForm", (MonthForm,), fields)


def open_month(declaration: Declaration, lines: Sequence[Line], *, as_saved: bool = False) -> MonthForm:
    """The form as it opens, or as it was posted; `as_saved` whatever was posted."""
    done = {f"action_{each.action.value}": each.quantity for each in declaration.actions}
    formdata = None if as_saved else _Auto
    return month_form(declaration, lines)(formdata, obj=declaration, lines=lines, **done)


def _promised_actions(contract: Contract) -> tuple[ActionKind, ...]:
    promised = {promise.action for promise in contract.commitments if promise.kind is CommitmentKind.ACTIONS}
    return tuple(action for action in ActionKind if action in promised)


def _fields_of_lines(lines: Sequence[Line]) -> dict[str, Any]:
    fields: dict[str, Any] = {"line_ids": tuple(line.id for line in lines)}
    for line in lines:
        fields |= _fields_of(line)
    return fields


def _fields_of(line: Line) -> dict[str, Any]:
    matricule = line.participant.matricule
    return {
        f"hours_{line.id}": LineHoursField(f"{matricule}, heures"),
        f"training_hours_{line.id}": LineHoursField(f"{matricule}, dont formation"),
        f"contract_type_{line.id}": pick_field(f"{matricule}, contrat", ContractType),
        f"has_tutor_{line.id}": LineTickField(f"{matricule}, a un tuteur"),
        f"exit_on_{line.id}": LineDayField(f"{matricule}, sortie le"),
        f"exit_kind_{line.id}": exit_field(f"{matricule}, motif de sortie"),
        f"explanation_{line.id}": LineField(
            f"{matricule}, votre explication", [Length(max=500, message="Restez en dessous de 500 caractères.")]
        ),
    }


def _as_saved(lines: Iterable[Line]) -> Mapping[str, Any]:
    """What the fields of these lines hold when the page opens; nothing is nought typed by nobody."""
    saved: dict[str, Any] = {}
    for line in lines:
        saved |= {
            f"hours_{line.id}": line.hours or None,
            f"training_hours_{line.id}": line.training_hours or None,
            f"contract_type_{line.id}": line.contract_type,
            f"has_tutor_{line.id}": line.has_tutor,
            f"exit_on_{line.id}": line.exit_on,
            f"exit_kind_{line.id}": line.exit_kind,
            f"explanation_{line.id}": line.explanation,
        }
    return saved


def _names(line_ids: Iterable[int]) -> set[str]:
    return {f"{name}_{line_id}" for line_id in line_ids for name in _OF_A_LINE}
