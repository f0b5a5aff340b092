"""What the facilitateur says of a deposited month: of each line, then of the whole."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from flask import request
from flask_wtf.form import _Auto
from wtforms import BooleanField, Field, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from portal.declarations.facts import Decision
from portal.declarations.forms.fields import LineHoursField, refuse
from portal.declarations.forms.month import NO_NAME
from portal.directory.forms import LineField, WordsField
from portal.kernel import clock
from portal.kernel.french import plural, typo
from portal.vocabulary import EligibilityState, PathPrescripteur, Public
from portal.web import VersionedForm
from portal.web.fields import at_most, pick_field

_OF_A_LINE = ("retained_hours", "note", "eligibility", "criterion", "proof", "prescripteur", "remark")
_ANSWERS = [
    SelectChoice("", "Pas encore"),
    SelectChoice(EligibilityState.CONFIRMED.value, "Confirmer"),
    SelectChoice(EligibilityState.REFUSED.value, "Ne pas retenir"),
]
_LONGEST_NOTE = 300
_LONGEST_REMARK = 500
_EITHER = typo("Pour renvoyer, dites ce qu’il faut corriger : ici, ou dans une remarque sur une ligne.")
_FOR_SENDING_BACK = typo("Une remarque accompagne un renvoi : renvoyez la déclaration, ou effacez-la pour accepter.")
SEND_BACK = "renvoyer"
"""What the second button of the page posts as `then`."""


class CheckForm(VersionedForm):
    """The fields of the deposited lines that the page showed; see `check_form`."""

    proposed: ClassVar[Mapping[int, Decimal]] = {}
    """By deposited line, the hours that the rules retain of somebody eligible."""
    undecided: ClassVar[frozenset[int]] = frozenset()
    """The lines of people whose eligibility nobody has decided yet."""
    then: ClassVar[str] = ""
    """Posted by the button that was pressed: not a field, but a name that a kept form may hold."""
    uncounted = BooleanField("Accepter quand même : ces heures ne compteront pas")
    answer = WordsField(
        "Un mot pour le déclarant",
        [Length(max=2000)],
        description=f"Pour renvoyer, écrivez ici ou sur une ligne ce qu’il faut corriger. {NO_NAME}",
    )

    def __init__(self, formdata: Any = _Auto, **kwargs: Any) -> None:
        hours = {f"retained_hours_{line_id}": hours for line_id, hours in self.proposed.items()}
        super().__init__(formdata, **hours, **kwargs)

    def of_line(self, line_id: int) -> dict[str, Field]:
        return {name: self[f"{name}_{line_id}"] for name in _OF_A_LINE}

    @property
    def faulty_lines(self) -> list[int]:
        return [line_id for line_id in self.proposed if any(field.errors for field in self.of_line(line_id).values())]

    @property
    def sends_back(self) -> bool:
        """Which of the two buttons was pressed."""
        return request.form.get("then") == SEND_BACK

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        for line_id in self.proposed:
            self._weigh(line_id)
        if self.sends_back:
            self._ask_what_is_wrong()
        else:
            self._ask_what_counts()
        return is_valid and not self.errors

    @property
    def remarks(self) -> dict[int, str]:
        """By deposited line, what is to be corrected there."""
        told = {line_id: self.of_line(line_id)["remark"].data for line_id in self.proposed}
        return {line_id: remark for line_id, remark in told.items() if remark}

    @property
    def decisions(self) -> dict[int, Decision]:
        return {line_id: self._decision(line_id) for line_id in self.proposed}

    def _weigh(self, line_id: int) -> None:
        """A confirmation rests on a criterion and a proof that was seen."""
        fields = self.of_line(line_id)
        if fields["eligibility"].data is EligibilityState.CONFIRMED:
            if fields["criterion"].data is None:
                refuse(fields["criterion"], "Choisissez le critère qui rend la personne éligible.")
            if not fields["proof"].data:
                refuse(fields["proof"], "Confirmez après avoir vu le justificatif.")

    def _ask_what_is_wrong(self) -> None:
        if not (self.answer.data or self.remarks):
            refuse(self.answer, _EITHER)

    def _ask_what_counts(self) -> None:
        """Fewer hours have a reason, and nothing is left to correct."""
        for line_id in self.proposed:
            fields = self.of_line(line_id)
            retained = fields["retained_hours"].data
            if retained is not None and retained < self.proposed[line_id] and not fields["note"].data:
                refuse(fields["note"], "Dites pourquoi vous retenez moins d’heures : le déclarant le lira.")
            if fields["remark"].data:
                refuse(fields["remark"], _FOR_SENDING_BACK)
        left_open = [each for each in self.undecided if self.of_line(each)["eligibility"].data is None]
        if left_open and not self.uncounted.data:
            refuse(self.uncounted, _uncounted(len(left_open)))

    def _decision(self, line_id: int) -> Decision:
        fields = self.of_line(line_id)
        retained = fields["retained_hours"].data
        return Decision(
            eligibility=fields["eligibility"].data,
            criterion=fields["criterion"].data,
            prescripteur=fields["prescripteur"].data,
            proof_seen_on=clock.today() if fields["proof"].data else None,
            retained_hours=None if retained == self.proposed[line_id] else retained,
            note=fields["note"].data or None,
        )


def check_form(
    proposed: Mapping[int, Decimal], names: Mapping[int, str], undecided: Collection[int] = ()
) -> type[CheckForm]:
    """The form of a deposit: by deposited line, the hours that the rules would retain, and whose they are."""
    fields: dict[str, Any] = {"proposed": dict(proposed), "undecided": frozenset(undecided)}
    for line_id in proposed:
        fields |= _fields_of(line_id, names[line_id])
    return type("KnownDepositForm", (CheckForm,), fields)


class ReopenForm(VersionedForm):
    reason = WordsField(
        "Pourquoi rouvrir ce mois ?",
        [DataRequired("Dites pourquoi : le déclarant le lira."), Length(max=2000)],
        description=NO_NAME,
    )


class ButtonForm(VersionedForm):
    """A confirmation page: nothing but its button."""


def _fields_of(line_id: int, name: str) -> dict[str, Any]:
    return {
        f"retained_hours_{line_id}": LineHoursField(f"{name}, heures retenues"),
        f"note_{line_id}": LineField(f"{name}, pourquoi moins", [at_most(_LONGEST_NOTE)]),
        f"eligibility_{line_id}": SelectField(f"{name}, éligibilité", choices=_ANSWERS, coerce=_answer),
        f"criterion_{line_id}": pick_field(f"{name}, critère", Public, blank="Critère…"),
        f"proof_{line_id}": BooleanField(f"{name}, justificatif vu"),
        f"prescripteur_{line_id}": pick_field(f"{name}, prescripteur", PathPrescripteur, blank="Sans prescripteur"),
        f"remark_{line_id}": LineField(f"{name}, remarque", [at_most(_LONGEST_REMARK)]),
    }


def _uncounted(people: int) -> str:
    who = plural(people, "éligibilité n’est pas décidée", "éligibilités ne sont pas décidées")
    return typo(f"{who} : confirmez, ne retenez pas, ou cochez cette case en connaissance de cause.")


def _answer(value: Any) -> EligibilityState | None:
    return EligibilityState(value) if value else None
