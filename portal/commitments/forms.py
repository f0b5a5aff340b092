"""What a buyer types of pools and penalties."""

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import HiddenField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from portal.commitments.facts import Terms
from portal.contracts.models import CommitmentPool, Contract
from portal.directory.forms import LineField, TicksField, WordsField
from portal.kernel.french import typo
from portal.vocabulary import PenaltyOutcome
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, EurosField, WholeField, tell_field


class _Named:
    """What a pool says of itself."""

    name = LineField(
        "Nom de la mutualisation",
        [DataRequired("Donnez-lui un nom : vous et les titulaires la reconnaîtrez."), Length(max=200)],
        description="« Voirie 2026-2029 ».",
    )
    note = WordsField("Ce qui la fonde", [Length(max=500)], description="La convention, la clause du marché.")


class NewPoolForm(_Named, SafeForm):
    """A pool to make."""


class PoolForm(_Named, VersionedForm):
    """A pool: its name, and the contracts that stay in it."""

    kept = TicksField("Marchés mutualisés", choices=[], description="Décochez ceux qui en sortent.")

    def __init__(self, formdata: Any = _Auto, obj: CommitmentPool | None = None, **kwargs: Any) -> None:
        given = {"kept": [str(contract.id) for contract in obj.contracts]} if obj else {}
        super().__init__(formdata, obj=obj, **given, **kwargs)
        if obj is not None:
            self.kept.choices = choices_of(obj.contracts)


class JoinForm(VersionedForm):
    """Which contracts are added to a pool."""

    added = TicksField("Marchés à ajouter", [InputRequired("Cochez au moins un marché.")], choices=[])

    def __init__(self, formdata: Any = _Auto, obj: CommitmentPool | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), JoinForm):
            self.added.choices = g.posted_form.added.choices


def choices_of(found: Sequence[Contract]) -> list[SelectChoice]:
    return [SelectChoice(str(each.id), typo(f"{each.number} · {each.object}")) for each in found]


class TermsForm(VersionedForm):
    """What the contract says of penalties."""

    per_hour = EurosField("Par heure promise et non réalisée", description="Vide : le marché n’en prévoit pas.")
    per_late_day = EurosField(
        "Par jour de retard d’une déclaration",
        description="En jours calendaires, après mise en demeure seulement. Vide : le marché n’en prévoit pas.",
    )
    cap_percent = WholeField(
        "Plafond, en part du montant du marché", least=1, most=100, description="Vide : sans plafond."
    )

    def __init__(
        self, formdata: Any = _Auto, obj: Contract | None = None, terms: Terms | None = None, **kwargs: Any
    ) -> None:
        super().__init__(formdata, obj=obj, **(vars(terms) if terms else {}), **kwargs)

    @property
    def facts(self) -> Terms:
        return Terms(self.per_hour.data, self.per_late_day.data, self.cap_percent.data)


class DayForm(VersionedForm):
    """The day of a simulation."""

    jour = DayField("Simuler au", description="« 03/12/2026 ».")


class DecisionForm(VersionedForm):
    """What somebody decides of the simulation before them."""

    outcome = tell_field("Décision", PenaltyOutcome, [InputRequired("Choisissez une décision.")])
    decided_amount = EurosField("Montant réclamé", description="Pour une pénalité réduite seulement.")
    reason = WordsField("Motif", [InputRequired("Dites pourquoi : la décision garde son motif."), Length(max=2000)])
    day = HiddenField()
    shown = HiddenField()
